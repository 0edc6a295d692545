// marimo adds an entry to the history for each choice, but does not return to it on "back": keep one entry per page
history.pushState = history.replaceState.bind(history);
