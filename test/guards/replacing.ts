import 'reflect-metadata';

type Method = (...args: unknown[]) => unknown;

function wrapped(original: Method): Method {
  return function (this: unknown, ...args) {
    return original.apply(this, args);
  };
}

function withNameAndMetadata(wrapper: Method, original: Method): Method {
  Object.defineProperty(wrapper, 'name', { value: original.name });
  for (const key of Reflect.getMetadataKeys(original)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, original), wrapper);
  }
  return wrapper;
}

/** A tracing or transaction decorator that forgets what others have said of the method. */
export function Traced(): MethodDecorator {
  return (_target, _key, descriptor: PropertyDescriptor) => {
    descriptor.value = wrapped(descriptor.value as Method);
  };
}

/** One that takes care of name and metadata. */
export function Measured(): MethodDecorator {
  return (_target, _key, descriptor: PropertyDescriptor) => {
    const original = descriptor.value as Method;
    descriptor.value = withNameAndMetadata(wrapped(original), original);
  };
}

/** Replaces methods of one object, with name and metadata, as tracing agents do with what Nest is about to call. */
export function instrument(instance: object, ...names: string[]): void {
  const methods = instance as Record<string, Method>;
  for (const name of names) {
    const original = methods[name];
    if (original) methods[name] = withNameAndMetadata(wrapped(original), original);
  }
}
