// Outputs of classifiers as probabilities, and these as bars.

/** Probabilities of logits; what is a probability already stays. */
export function probabilities(outputs) {
  const values = Array.from(outputs);
  const sum = values.reduce((a, b) => a + b, 0);
  if (values.every(value => value >= 0) && Math.abs(sum - 1) < 1e-3) return values;
  const most = Math.max(...values);
  const powers = values.map(value => Math.exp(value - most));
  const all = powers.reduce((a, b) => a + b, 0);
  return powers.map(power => power / all);
}

/** Shows rows of a name and a share from 0 to 1 in a list; the largest stands out. */
export function showBars(list, rows) {
  const most = Math.max(...rows.map(row => row.share));
  list.replaceChildren(
    ...rows.map(({ name, share }) => {
      const item = document.createElement('li');
      const [label, bar, number] = ['span', 'span', 'span'].map(tag => item.appendChild(document.createElement(tag)));
      label.textContent = name;
      label.classList.toggle('best', share === most && share > 0);
      bar.className = 'bar';
      bar.style.setProperty('--share', share);
      number.textContent = `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
      return item;
    }));
}
