import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** What the application keeps in the same database. */
@Entity()
export class Visit {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text')
  sub!: string;
}
