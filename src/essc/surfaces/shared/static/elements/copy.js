// <ssc-copy data-text data-said>: copies and says so in a status region.
customElements.define("ssc-copy", class extends HTMLElement {
  connectedCallback() {
    this.querySelector("button").addEventListener("click", async () => {
      await navigator.clipboard.writeText(this.dataset.text);
      const line = this.querySelector("[role=status]");
      line.textContent = this.dataset.said;
      setTimeout(() => { line.textContent = ""; }, 3000);
    });
  }
});
