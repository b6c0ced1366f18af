/** Whose tokens they all are: answers have the same length, with a guard or without. */
export const SUBJECT = '8f7a4c1e-5b0d-4a53-9d2e-6c1f0a7b3e94';
