/* The practice items. They ask about this page and not about any subject, so nobody learns or fears anything from them. */

export const PICTURE = 'practice';

const FORMULA = '<math><mfrac><mn>1</mn><mn>2</mn></mfrac><mo>+</mo><mfrac><mn>1</mn><mn>4</mn></mfrac></math>';

const TEXTS = {
  id: [
    ['<p>Ini soal latihan. Pilih jawaban <strong>B</strong>, lalu ubah menjadi <strong>C</strong>. Tombol apa yang memindahkan Anda ke soal berikutnya?</p>',
      ['“Ragu-ragu”', '“Hapus jawaban”', '“Berikutnya”', '“Laporkan soal”']],
    ['<p><img data-media="practice" alt="Tiga lingkaran dan dua persegi" width="480" height="160"></p><p>Perbesar gambar ini, lalu tutup kembali. Berapa banyak lingkaran pada gambar?</p>',
      ['1', '2', '3', '4']],
    [`<p>Tandai soal ini dengan “Ragu-ragu”. Cobalah juga “Laporkan soal”: dalam latihan, tidak ada yang terkirim. Berapakah ${FORMULA}?</p>`,
      ['<math><mfrac><mn>1</mn><mn>4</mn></mfrac></math>', '<math><mfrac><mn>2</mn><mn>6</mn></mfrac></math>', '<math><mfrac><mn>3</mn><mn>4</mn></mfrac></math>', '<math><mn>1</mn></math>']],
  ],
  en: [
    ['<p>This is a practice item. Choose <strong>B</strong>, then change it to <strong>C</strong>. Which button takes you to the next item?</p>',
      ['“In doubt”', '“Clear answer”', '“Next”', '“Report item”']],
    ['<p><img data-media="practice" alt="Three circles and two squares" width="480" height="160"></p><p>Enlarge this picture and close it again. How many circles does it show?</p>',
      ['1', '2', '3', '4']],
    [`<p>Mark this item as “In doubt”. Try “Report item” as well: nothing is sent while you practise. How much is ${FORMULA}?</p>`,
      ['<math><mfrac><mn>1</mn><mn>4</mn></mfrac></math>', '<math><mfrac><mn>2</mn><mn>6</mn></mfrac></math>', '<math><mfrac><mn>3</mn><mn>4</mn></mfrac></math>', '<math><mn>1</mn></math>']],
  ],
};

/** The items in the shape of a form. */
export function practiceItems(language) {
  return TEXTS[language].map(([html, options], index) => ({
    id: `practice-${index + 1}`, html, options: options.map((text, place) => ({ id: `practice-${index + 1}-${place + 1}`, html: text })),
  }));
}
