/** The browser's own ears and voice, where it has them. Off until a person switches them on, and honest about whose servers hear. */

interface Recognition extends EventTarget {
  lang: string;
  interimResults: boolean;
  maxAlternatives: number;
  onresult: ((event: { readonly results: ArrayLike<ArrayLike<{ readonly transcript: string }>> }) => void) | null;
  onerror: ((event: { readonly error: string }) => void) | null;
  onend: (() => void) | null;
  start(): void;
  abort(): void;
}
type RecognitionMaker = new () => Recognition;

function maker(): RecognitionMaker | undefined {
  const scope = globalThis as { SpeechRecognition?: RecognitionMaker; webkitSpeechRecognition?: RecognitionMaker };
  return scope.SpeechRecognition ?? scope.webkitSpeechRecognition;
}

export function canHear(): boolean {
  return maker() !== undefined;
}

/** Whose servers turn speech into text in this browser: no page can change that. */
export function whoHears(agent: string = navigator.userAgent): string {
  if (/Edg\//.test(agent)) return 'Microsoft';
  if (/Chrome|Chromium|Android/.test(agent)) return 'Google';
  return /Safari/.test(agent) ? 'Apple' : 'the maker of this browser';
}

const TROUBLES: Readonly<Record<string, string>> = {
  'not-allowed': 'The microphone is not allowed for this page. Allow it in the browser, or type.',
  'service-not-allowed': 'This browser does not allow speech here. Type instead.',
  'no-speech': 'I heard nothing. Try again, or type.',
  'audio-capture': 'There is no microphone. Type instead.',
  network: 'Speech needs the network, and it did not answer. Type instead.',
};

/** Listens for one sentence. @returns stops listening */
export function hearOnce(
  heard: (sentence: string) => void,
  trouble: (words: string) => void,
  ended: () => void,
): () => void {
  const Maker = maker();
  if (Maker === undefined) {
    trouble('This browser has no speech recognition. Type instead.');
    return () => undefined;
  }
  const recognition = new Maker();
  recognition.lang = 'en';
  recognition.interimResults = false;
  recognition.maxAlternatives = 1;
  recognition.onresult = ({ results }) => {
    const sentence = results[0]?.[0]?.transcript;
    if (sentence !== undefined) heard(sentence);
  };
  recognition.onerror = ({ error }) => {
    if (error !== 'aborted') trouble(TROUBLES[error] ?? 'Speech did not work just now. Type instead.');
  };
  recognition.onend = ended;
  recognition.start();
  return () => {
    recognition.abort();
  };
}

export function speak(sentence: string): void {
  if (!('speechSynthesis' in globalThis) || sentence === '') return;
  speechSynthesis.cancel();
  const utterance = new SpeechSynthesisUtterance(sentence);
  utterance.lang = 'en';
  speechSynthesis.speak(utterance);
}
