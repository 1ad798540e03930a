"use strict";
(() => {
  const table = document.getElementById("table");
  if (!table) return;
  const get = (id) => document.getElementById(id);
  const [form, search, kind, year, trend] = ["controls", "search", "kind", "year", "trend"].map(get);
  const [pager, previous, next, place, status] = ["pager", "previous", "next", "place", "status"].map(get);
  const size = 25;
  const heads = [...table.tHead.rows[0].cells];
  const yearColumn = heads.findIndex((head) => head.textContent === "Year");
  const body = table.tBodies[0];
  let rows = [...body.rows].map((row, at) => ({ row, at, text: null }));
  const all = rows.length;
  let shown = rows;
  let page = 0;

  const textOf = (item) => (item.text ??= item.row.cells[0].textContent.toLowerCase());
  const valueOf = (row, column, isText) => {
    const text = row.cells[column].textContent;
    if (isText) return text.toLowerCase();
    const digits = text.match(/\d[\d,.]*/);
    return digits ? Number(digits[0].replaceAll(",", "")) * (text.includes("−") ? -1 : 1) : null;
  };

  const show = () => {
    const pages = Math.max(1, Math.ceil(shown.length / size));
    page = Math.min(page, pages - 1);
    const first = page * size;
    const slice = shown.slice(first, first + size);
    body.replaceChildren(...slice.map((item) => item.row));
    const range = slice.length ? `${(first + 1).toLocaleString("en")}–${(first + slice.length).toLocaleString("en")}` : "0";
    status.textContent = `${range} of ${shown.length.toLocaleString("en")}` + (shown.length < all ? `, filtered from ${all.toLocaleString("en")}` : "");
    place.textContent = `Page ${page + 1} of ${pages}`;
    previous.disabled = page === 0;
    next.disabled = page === pages - 1;
    pager.hidden = pages === 1;
  };

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const bit = Number(kind.value);
    shown = rows.filter(({ row }, index) =>
      (!bit || (Number(row.dataset.k) & bit)) &&
      (!year.value || row.cells[yearColumn].textContent === year.value) &&
      (!trend || !trend.value || row.dataset.t === trend.value) &&
      words.every((word) => textOf(rows[index]).includes(word)));
    page = 0;
    show();
  };

  const sort = (head, column) => {
    const isText = head.dataset.sort === "text";
    const order = head.getAttribute("aria-sort");
    const up = order ? order === "descending" : isText;
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const values = new Map(rows.map((item) => [item, valueOf(item.row, column, isText)]));
    const compare = isText ? (a, b) => a.localeCompare(b, "en") : (a, b) => a - b;
    rows.sort((one, other) => {
      const [a, b] = [values.get(one), values.get(other)];
      if (a === null || b === null) return (a === null) - (b === null) || one.at - other.at;
      return (up ? compare(a, b) : compare(b, a)) || one.at - other.at;
    });
    filter();
  };

  heads.forEach((head, column) => {
    if (head.classList.contains("mix") || head.classList.contains("page")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.dataset.label = head.textContent;
    button.addEventListener("click", () => sort(head, column));
    head.replaceChildren(button);
  });
  const turn = (step) => {
    page += step;
    show();
    (step < 0 ? previous : next).disabled && (step < 0 ? next : previous).focus();
  };
  previous.addEventListener("click", () => turn(-1));
  next.addEventListener("click", () => turn(1));
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  form.hidden = false;
  form.reset();
  show();
})();
