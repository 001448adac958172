/** Takes variables that would count for a stack out of this process's environment, for the tests of the file. */
export function withoutUserVariables(): void {
  const kept = { ...process.env };

  beforeAll(() => {
    for (const name of Object.keys(process.env)) {
      if (/^(UV_.*|UV|MACOSX_DEPLOYMENT_TARGET)$/.test(name)) Reflect.deleteProperty(process.env, name);
    }
  });

  afterAll(() => {
    Object.assign(process.env, kept);
  });
}
