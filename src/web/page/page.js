// The token has done its work: it is a cookie now.
history.replaceState(null, "", "/");

const facts = document.getElementById("facts");
const answer = await fetch("/api/status");
const status = await answer.json();
for (const [name, value] of Object.entries(answer.ok ? status : status.error)) {
  const term = document.createElement("dt");
  const text = document.createElement("dd");
  term.textContent = name;
  text.textContent = value ?? "";
  facts.append(term, text);
}
