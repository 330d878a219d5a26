// Calls are tried with the login that the browser has; those that change something also want its CSRF token.
const SAFE = ['GET', 'HEAD', 'OPTIONS'];

async function withCsrfToken(request) {
  const header = Object.keys(request.headers || {}).some(name => name.toLowerCase() === 'authorization');
  const ours = new URL(request.url, location.href).origin === location.origin;
  if (!header && ours && !SAFE.includes((request.method || 'GET').toUpperCase())) {
    const answer = await fetch('/api/v1/session', {credentials: 'same-origin'});
    const token = answer.ok ? (await answer.json()).csrfToken : null;
    if (token) {
      request.headers['X-CSRF-Token'] = token;
    }
  }
  return request;
}

SwaggerUIBundle({
  url: '/docs/specification/millrace.yml',
  dom_id: '#swagger-ui',
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'StandaloneLayout',
  deepLinking: true,
  tagsSorter: 'alpha',
  validatorUrl: null,
  requestInterceptor: withCsrfToken,
});
