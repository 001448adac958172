/** A distribution's name in the form in which names are compared (PEP 503): `Torch.Vision` → `torch-vision`. */
export function normalizeName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}
