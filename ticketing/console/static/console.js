// What a page needs beyond HTML: it keeps itself fresh, runs its clocks and
// hears the keyboard. Without it every page still works.
(() => {
  "use strict";
  const body = document.body;
  const skew = Number(body.dataset.now) - Date.now();
  const pad = n => String(n).padStart(2, "0");
  const span = ms => {
    const sign = ms < 0 ? "-" : "";
    let s = Math.floor(Math.abs(ms) / 1000);
    const d = Math.floor(s / 86400); s -= d * 86400;
    return sign + (d ? d + "d " : "") + pad(Math.floor(s / 3600)) + ":" + pad(Math.floor(s / 60) % 60) + ":" + pad(s % 60);
  };
  const tick = () => {
    const now = Date.now() + skew;
    for (const e of document.querySelectorAll("time[data-due]")) {
      const due = Number(e.dataset.due), from = Number(e.dataset.from) || due;
      const used = due > from ? (now - from) / (due - from) : 0;
      const left = due - now;
      e.textContent = span(left);
      e.classList.toggle("over", left < 0);
      e.classList.toggle("late", left >= 0 && used >= 0.75);
      e.classList.toggle("half", left >= 0 && used >= 0.5 && used < 0.75);
    }
    for (const e of document.querySelectorAll("time[data-since]")) e.textContent = span(now - Number(e.dataset.since));
  };
  tick();
  setInterval(tick, 1000);

  // A row is a link.
  document.addEventListener("click", ev => {
    const row = ev.target.closest("tr[data-href]");
    if (row && !ev.target.closest("a, button, input, select") && !String(getSelection())) location.href = row.dataset.href;
  });

  // Parts marked data-live are read anew when something they show has changed.
  // A part in which somebody is typing is left alone.
  const busy = part => part.contains(document.activeElement) && /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)
    || part.querySelector("[data-busy]")
    || [...part.querySelectorAll("textarea, input:not([type=hidden])")].some(f => f.value !== f.defaultValue)
    || [...part.querySelectorAll("select")].some(f => f.value !== ([...f.options].find(o => o.defaultSelected) ?? f.options[0])?.value);
  let reading = false, again = false, timer = 0;
  const read = async () => {
    if (reading) { again = true; return; }
    reading = true;
    try {
      const answer = await fetch(location.pathname + location.search.replace(/([?&])done=[^&]*&?/, "$1"), { headers: { "X-Live": "1" }, redirect: "manual" });
      if (answer.type === "opaqueredirect") { location.reload(); return; }
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const part of document.querySelectorAll("[data-live]")) {
          const other = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
          if (!other || busy(part)) continue;
          const open = new Set([...part.querySelectorAll("details[open] > summary")].map(s => s.textContent));
          if (part.matches("details[open]")) other.setAttribute("open", "");
          for (const s of other.querySelectorAll("details > summary")) if (open.has(s.textContent)) s.parentElement.setAttribute("open", "");
          if (part.outerHTML.replace(/<time[^>]*>[^<]*<\/time>/g, "") === other.outerHTML.replace(/<time[^>]*>[^<]*<\/time>/g, "")) continue;
          part.replaceWith(document.adoptNode(other));
          other.classList.add("fresh");
        }
        tick();
      }
    } catch { /* the connection's light tells */ }
    reading = false;
    if (again) { again = false; later(); }
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(read, 250); };

  const topics = (body.dataset.topics || "").split(" ").filter(Boolean);
  const light = document.getElementById("live");
  const show = on => {
    if (!light) return;
    light.classList.toggle("on", on);
    light.lastElementChild.textContent = on ? light.dataset.yes : light.dataset.no;
  };
  if (topics.length && light) {
    let lost = false;
    const connect = () => {
      const source = new EventSource("/events");
      source.addEventListener("hello", () => { show(true); if (lost) later(); lost = false; });
      source.addEventListener("change", ev => {
        const [topic, id] = ev.data.split(" ");
        if (topics.includes(topic) || topics.includes(topic + ":" + id)) later();
      });
      // The browser tries again by itself, but not after an answer that is no
      // stream: the database was away, or the session is over.
      source.onerror = () => {
        show(false);
        lost = true;
        if (source.readyState === EventSource.CLOSED) { later(); setTimeout(connect, 5000); }
      };
    };
    connect();
    setInterval(read, 60000);
  } else if (light) light.hidden = true;

  // Keys: f, t, l for the tabs, / for search, j and k through a list, Enter opens.
  let lit = -1;
  document.addEventListener("keydown", ev => {
    if (ev.ctrlKey || ev.metaKey || ev.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(ev.target.tagName)) return;
    const target = document.querySelector(`[data-key="${CSS.escape(ev.key)}"]`);
    if (target) {
      ev.preventDefault();
      // Later, so that the key itself is not typed into the field.
      if (target.matches("input")) setTimeout(() => target.focus()); else target.click();
      return;
    }
    const rows = [...document.querySelectorAll("tr[data-href]")];
    if ((ev.key === "j" || ev.key === "k") && rows.length) {
      rows[lit]?.classList.remove("lit");
      lit = Math.max(0, Math.min(rows.length - 1, lit + (ev.key === "j" ? 1 : -1)));
      rows[lit].classList.add("lit");
      rows[lit].scrollIntoView({ block: "nearest" });
    } else if (ev.key === "Enter" && rows[lit] && ev.target === body) location.href = rows[lit].dataset.href;
  });
})();
