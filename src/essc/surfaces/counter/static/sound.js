// One high tone = passed, two low tones = not passed. Made by the browser, no file; the toggle is remembered.
const KEY = "essc-sound";
let context;

export const soundOn = () => localStorage.getItem(KEY) !== "off";
export const setSound = (on) => localStorage.setItem(KEY, on ? "on" : "off");

function tone(hertz, from, seconds) {
  const oscillator = context.createOscillator(), gain = context.createGain();
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(0.0001, from);
  gain.gain.exponentialRampToValueAtTime(0.25, from + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.0001, from + seconds);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(from);
  oscillator.stop(from + seconds);
}

export function sound(passed) {
  if (!soundOn() || !("AudioContext" in window)) return;
  context ??= new AudioContext();
  if (passed) tone(1320, context.currentTime, 0.18);
  else { tone(294, context.currentTime, 0.2); tone(247, context.currentTime + 0.26, 0.26); }
}
