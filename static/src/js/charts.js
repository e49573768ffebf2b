// <table data-chart="bar|line|doughnut">: a chart of the table's own figures. First column: labels; each further
// one a series; a cell's data-value is its number. The table stays, as the same figures in words.
import {
  ArcElement,
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  DoughnutController,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from "chart.js";

Chart.register(
  ArcElement,
  BarController,
  BarElement,
  CategoryScale,
  DoughnutController,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
);

const style = getComputedStyle(document.documentElement);
const token = (name) => style.getPropertyValue(name).trim();

// Drawn again when the reader's screen turns dark or light: a canvas does not follow the style sheet.
const drawn = new Map();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const [table, { chart, holder }] of [...drawn]) {
    chart.destroy();
    holder.replaceChildren();
    draw(table, holder);
  }
});

export function draw(table, holder) {
  const rows = [...table.tBodies[0].rows];
  const series = [...table.tHead.rows[0].cells].slice(1);
  const colours = ["--color-primary", "--color-accent", "--color-warning", "--color-secondary", "--color-success"].map(token);
  const kind = table.dataset.chart;
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", table.caption?.textContent.trim() ?? "");
  holder.append(canvas);

  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 13;
  Chart.defaults.color = token("--quiet");
  const line = token("--color-base-300");
  const axes = { x: { grid: { color: line } }, y: { grid: { color: line }, beginAtZero: true } };
  const chart = new Chart(canvas, {
    type: kind,
    data: {
      labels: rows.map((row) => row.cells[0].textContent.trim()),
      datasets: series.map((head, index) => ({
        label: head.textContent.trim(),
        data: rows.map((row) => Number(row.cells[index + 1].dataset.value ?? row.cells[index + 1].textContent)),
        backgroundColor: kind === "doughnut" ? colours : colours[index],
        borderColor: kind === "line" ? colours[index] : token("--color-base-100"),
        borderWidth: kind === "line" ? 2 : 1,
        borderRadius: kind === "bar" ? 4 : 0,
        tension: 0.25,
      })),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      indexAxis: table.dataset.chartAxis ?? "x",
      plugins: { legend: { display: series.length > 1 || kind === "doughnut", position: "bottom" } },
      scales: kind === "doughnut" ? {} : axes,
    },
  });
  drawn.set(table, { chart, holder });
}
