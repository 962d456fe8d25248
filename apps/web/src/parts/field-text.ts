/** What a person typed into a field of a form. */

/** Without blanks around it; empty where there is no such field of text. */
export function fieldText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
}
