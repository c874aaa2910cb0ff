export const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="6" r="4.5" fill="none" stroke="#4676b8" stroke-width="2.5"/><path d="M8 10.5V16" stroke="#4676b8" stroke-width="2.5"/></svg>';
