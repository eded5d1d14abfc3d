// Fills in the reader's zone, where the browser knows it. Without it the publication's counts.
for (const input of document.querySelectorAll('form input[type="hidden"][name="zone"]')) {
  try {
    if (!input.value) {
      input.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
    }
  } catch {
    // An old browser: the reader can choose the zone among the preferences.
  }
}
