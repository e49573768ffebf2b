// A chart's place is kept at once, above its table; the script that draws it (charts.js) is fetched when the first
// one comes near, so that nobody waits for charts who does not look at them.
const NEAR = "200px";

function placeFor(table) {
  const holder = document.createElement("div");
  holder.className = "chart-box";
  (table.closest(".table-scroll") ?? table).before(holder);
  return holder;
}

export function watchCharts() {
  const script = document.querySelector("[data-chart-script]")?.dataset.chartScript;
  const tables = document.querySelectorAll("table[data-chart]");
  if (!script || !tables.length) return;
  const places = new Map([...tables].map((table) => [placeFor(table), table]));
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        import(script).then(({ draw }) => draw(places.get(target), target));
      }
    },
    { rootMargin: NEAR },
  );
  for (const place of places.keys()) observer.observe(place);
}
