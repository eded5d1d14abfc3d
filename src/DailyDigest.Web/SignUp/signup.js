// Fills in the reader's zone from the browser. Without it the publication's zone is used.
for (const input of document.querySelectorAll('form input[type="hidden"][name="zone"]')) {
  try {
    if (!input.value) {
      input.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
    }
  } catch {
    // An old browser: the reader can choose the zone on the preferences page.
  }
}
