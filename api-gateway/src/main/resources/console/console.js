// Has the live part of the page asked for again whenever runs have got further. All tabs of a browser share one stream of
// events: the tab that has the lock listens and tells the others, and another one takes over when it is closed.
(() => {
  const channel = 'BroadcastChannel' in window ? new BroadcastChannel('millrace') : null;
  const banner = document.getElementById('connection');
  let gateway = null;
  let pending = false;
  let leads = false;

  function refresh() {
    if (pending || !document.getElementById('live')) {
      return;
    }
    if (document.hidden) {
      pending = true;
      return;
    }
    const text = getSelection();
    if (text && !text.isCollapsed) { // somebody is about to copy something
      return;
    }
    htmx.trigger(document.body, 'millrace');
  }

  function say(text) {
    banner.textContent = text;
    banner.hidden = text === '';
  }

  function hear(message) {
    if (message.kind === 'progress') { // the first of a stream comes at once: whatever happened while there was none is shown
      refresh();
    } else if (message.kind === 'gateway') {
      say(gateway !== null && gateway !== message.data ? 'The gateway was started anew, or another one answers.' : '');
      gateway = message.data;
    } else if (message.kind === 'asked') {
      if (leads && gateway !== null) {
        channel.postMessage({kind: 'known', data: gateway});
      }
    } else if (message.kind === 'known') {
      gateway ??= message.data;
    } else {
      say('The gateway doesn’t answer. What is shown may be old; it is tried again.');
    }
  }

  function tell(kind, data) {
    const message = {kind, data};
    hear(message);
    if (channel) {
      channel.postMessage(message);
    }
  }

  function listen() {
    leads = true;
    return new Promise(() => {
      const stream = new EventSource('/console/events');
      stream.addEventListener('gateway', event => tell('gateway', event.data));
      stream.addEventListener('progress', event => tell('progress', event.data));
      stream.addEventListener('error', () => {
        tell('lost', '');
        if (stream.readyState === EventSource.CLOSED) {
          setTimeout(() => location.reload(), 5000); // the session may have ended: the login is next
        }
      });
    });
  }

  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && pending) {
      pending = false;
      refresh();
    }
  });
  if (!document.querySelector('nav')) {
    return; // nobody has logged in
  }
  if (channel && navigator.locks) {
    channel.addEventListener('message', event => hear(event.data));
    channel.postMessage({kind: 'asked'});
    navigator.locks.request('millrace-events', listen);
  } else {
    setInterval(refresh, 5000); // without locks, as over plain HTTP from elsewhere, no stream is shared
  }
})();
