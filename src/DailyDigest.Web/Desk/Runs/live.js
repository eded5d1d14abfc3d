// Keeps the live parts of a page of the desk up to date while somebody looks at it.
const pause = 4000;

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (answer.redirected) {
    // The session has ended.
    location.reload();
    return;
  }

  if (!answer.ok) {
    return;
  }

  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (next === null || next.innerHTML === part.innerHTML) {
      continue;
    }

    const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    part.replaceChildren(...document.adoptNode(next).childNodes);
    if (focused !== null) {
      Array.from(part.querySelectorAll("a")).find((link) => link.getAttribute("href") === focused)?.focus();
    }
  }
}

async function live() {
  if (!document.hidden) {
    try {
      await refresh();
    } catch {
      // The network or the server is away; the next time may work.
    }
  }

  setTimeout(live, pause);
}

setTimeout(live, pause);
