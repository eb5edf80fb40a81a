// <ssc-chart data-src="#table" data-goal data-goal-name>: draws the table beside it, so picture and table can never differ. The library (715 KB) is
// fetched only here. First column: the labels. Every other <th data-kind="line|area|bar" data-axis="0|1" data-stack data-unit> is a series of the
// cells' data-v. The canvas is hidden from readers; the host carries the sentence. What cannot be drawn leaves the table standing.
const COLOURS = ["#1557c7", "#c26410", "#0f7541", "#8f6fe0", "#0b1c3f"], INK = "#46505f", LINE = "#e2e7ef";
let loading;

function library() {
  loading ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = document.querySelector("[data-echarts]").dataset.echarts;
    script.onload = () => done(globalThis.echarts);
    script.onerror = () => { loading = undefined; failed(new Error("no library")); };
    document.head.append(script);
  });
  return loading;
}

// How many lines the legend takes at this width: the picture begins below the last.
function lines(names, wide, font) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `13px ${font}`;
  let many = 1, at = 0;
  for (const name of names) {
    const one = pen.measureText(name).width + 18 + 5 + 10;
    if (at > 0 && at + one > wide) { many += 1; at = 0; }
    at += one;
  }
  return many;
}

const short = (value, locale) => new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 }).format(value);

function read(table) {
  const heads = [...table.tHead.rows[0].cells], rows = [...table.tBodies[0].rows];
  const series = heads.flatMap((head, at) => head.dataset.kind ? [{ head, name: head.textContent.trim(), values: rows.map((row) => {
    const value = row.cells[at]?.dataset.v;
    return value === undefined || value === "" ? null : Number(value);
  }) }] : []);
  return { labels: rows.map((row) => row.cells[0].dataset.label ?? row.cells[0].textContent.trim()), series };
}

function option(host, { labels, series }) {
  const locale = document.documentElement.lang, units = [], font = getComputedStyle(host).fontFamily;
  for (const { head } of series) units[Number(head.dataset.axis ?? 0)] ??= head.dataset.unit ?? "";
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return {
    animation: !still, color: COLOURS, textStyle: { fontFamily: font, color: INK },
    grid: { left: 8, right: 8, top: 32 + 22 * lines(series.map(({ name }) => name), host.clientWidth - 10, font), bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 18, itemHeight: 4, textStyle: { color: INK, fontSize: 13 } },
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, axisPointer: { type: "line" }, valueFormatter: (value) => value === null || value === undefined ? "–" : new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(value) },
    xAxis: { type: "category", data: labels, boundaryGap: series.some(({ head }) => head.dataset.kind === "bar"), axisTick: { show: false }, axisLine: { lineStyle: { color: LINE } }, axisLabel: { color: INK, hideOverlap: true } },
    yAxis: units.map((unit, at) => ({
      type: "value", name: unit, nameTextStyle: { color: INK, align: at ? "right" : "left" }, minInterval: unit.includes("%") ? 0 : 1, position: at ? "right" : "left",
      max: at === 1 && host.dataset.goal ? (value) => Math.ceil(Math.max(value.max, Number(host.dataset.goal)) * 1.1) : undefined,
      splitLine: { show: at === 0, lineStyle: { color: LINE } }, axisLabel: { color: INK, formatter: (value) => short(value, locale) },
    })),
    series: series.map(({ head, name, values }, at) => ({
      name, data: values, type: head.dataset.kind === "bar" ? "bar" : "line", yAxisIndex: Number(head.dataset.axis ?? 0), smooth: 0.25, smoothMonotone: "x", symbol: values.length > 40 ? "none" : "circle",
      symbolSize: 5, stack: head.dataset.stack, barMaxWidth: 26, connectNulls: false, lineStyle: { width: 2.5, type: at % 2 && !host.dataset.goal ? "dashed" : "solid" },
      areaStyle: head.dataset.kind === "area" ? { opacity: 0.09 } : undefined,
      markLine: host.dataset.goal && head.dataset.axis === "1" ? {
        silent: true, symbol: "none", data: [{ yAxis: Number(host.dataset.goal) }], lineStyle: { color: "#9a4b00", type: "dashed", width: 1.5 },
        label: { formatter: host.dataset.goalName, color: "#7a3b00", position: "insideEndTop" },
      } : undefined,
    })),
  };
}

customElements.define("ssc-chart", class extends HTMLElement {
  async connectedCallback() {
    const table = document.querySelector(this.dataset.src), box = document.createElement("div");
    box.className = "canvas";
    box.setAttribute("aria-hidden", "true");
    this.replaceChildren(box);
    try {
      const echarts = await library();
      if (!this.isConnected) return;
      this.chart = echarts.init(box, null, { renderer: "canvas" });
      this.chart.setOption(option(this, read(table)));
      this.watch = new ResizeObserver(() => this.chart.resize());
      this.watch.observe(this);
      this.dataset.drawn = "";
    } catch {
      this.hidden = true;
      table.closest("[data-shown]")?.removeAttribute("hidden");
    }
  }

  disconnectedCallback() { this.watch?.disconnect(); this.chart?.dispose(); }
});
