/** A form of an HTML page, as much of it as a scripted user needs. */
export interface Form {
  readonly method: 'GET' | 'POST';
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The forms of a page. Buttons are not among the fields: pressing one is naming it when the form is submitted. */
export function formsOf(html: string, pageUrl: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, attributes = '', content = '']) => {
    const inputs = [...content.matchAll(/<input\b([^>]*)>/gi)].map(([, text = '']) => attributesOf(text));
    const { action = pageUrl, method = 'get' } = attributesOf(attributes);
    return {
      method: method.toLowerCase() === 'post' ? 'POST' : 'GET',
      action: new URL(action, pageUrl).href,
      fields: Object.fromEntries(inputs.flatMap(({ name, value = '' }) => (name ? [[name, value]] : []))),
    };
  });
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, unescape(value)]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function unescape(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => characterOf(entity));
}

function characterOf(entity: string): string {
  return Object.keys(entities).find((character) => entities[character] === entity) ?? entity;
}

/** Text made safe as HTML text or as the value of an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
