// One reader of codes for all pages: the browser's own where it has one, else the vendored engine, fetched only then.
let found;

function script(address) {
  return new Promise((done, failed) => {
    const tag = Object.assign(document.createElement("script"), { src: address, onload: done, onerror: failed });
    document.head.append(tag);
  });
}

async function native() {
  const formats = "BarcodeDetector" in window ? await BarcodeDetector.getSupportedFormats() : [];
  if (!formats.includes("qr_code")) return null;
  const detector = new BarcodeDetector({ formats: ["qr_code", "code_128"].filter((format) => formats.includes(format)) });
  return { kind: "native", read: async (source) => (await detector.detect(source))[0]?.rawValue };
}

async function wasm() {
  const vendor = new URL("../vendor/", import.meta.url);
  await script(new URL("zxing-reader.js", vendor).href);
  await ZXingWASM.prepareZXingModule({ overrides: { locateFile: (path) => new URL(path, vendor).href }, fireImmediately: true });
  const canvas = document.createElement("canvas"), context = canvas.getContext("2d", { willReadFrequently: true });
  const options = { formats: ["QRCode", "Code128"], tryHarder: true, maxNumberOfSymbols: 1 };
  return {
    kind: "wasm",
    read: async (source) => {
      canvas.width = source.videoWidth || source.width;
      canvas.height = source.videoHeight || source.height;
      if (!canvas.width) return undefined;
      context.drawImage(source, 0, 0);
      return (await ZXingWASM.readBarcodes(context.getImageData(0, 0, canvas.width, canvas.height), options))[0]?.text;
    },
  };
}

export function detector() {
  found ??= native().then((reader) => reader ?? wasm());
  return found;
}
