/** `app@4 (was 3)`: a deployed name with what it was before; of one that lost or gained its number, the whole. */
export function withFormerName(deployedName: string, formerName: string): string {
  if (formerName === deployedName) return deployedName;
  const [name, number] = splitNumber(deployedName);
  const [oldName, oldNumber] = splitNumber(formerName);
  const isSame = name === oldName && number !== undefined && oldNumber !== undefined;
  return `${deployedName} (was ${isSame ? oldNumber : formerName})`;
}

function splitNumber(deployedName: string): [name: string, number: string | undefined] {
  const [, name = deployedName, number] = /^(.*)@(\d+)$/.exec(deployedName) ?? [];
  return [name, number];
}
