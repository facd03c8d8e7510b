// Times in the reader's own zone, behind those in UTC: without the date where that is the same.
const zone = new Intl.DateTimeFormat(document.documentElement.lang, { timeZoneName: "short" });
for (const time of document.querySelectorAll("time")) {
  const at = new Date(time.dateTime);
  const [date, clock] = at.toLocaleString("sv-SE").split(" ");
  const name = zone.formatToParts(at).find((part) => part.type === "timeZoneName").value;
  const local = document.createElement("span");
  local.className = "local";
  local.textContent = `= ${at.toISOString().startsWith(date) ? "" : date + " "}${clock} ${name}`;
  time.after(" ", local);
}
// Buttons that copy the field they name; hidden where browsers do not let pages copy.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.textContent = button.dataset.done;
  });
}
