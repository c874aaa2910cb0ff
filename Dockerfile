# The image uses Node.js 24; 20.19 and later are supported.
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY verify/typescript/src ./verify/typescript/src
RUN npm run build

# No install scripts: everything that pinwatch needs is JavaScript.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
# Owned by root, so that the service can't change its own code. It owns only var/, and a volume there inherits that.
RUN mkdir var && chown node:node var
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /build/dist/src ./dist/src
COPY --from=build /build/dist/verify ./dist/verify
COPY package.json ./
COPY bin ./bin
# `docker compose exec pinwatch pinwatch …`
RUN ln -s /app/bin/pinwatch.js /usr/local/bin/pinwatch
COPY config/pinwatch.yaml ./config/pinwatch.yaml
USER node
EXPOSE 9464
STOPSIGNAL SIGTERM
# `pinwatch health` asks /healthz on this configuration's listener, over http or https. Not /readyz: a restart does not
# help while Redis is away. Docker knows only the statuses 0 and 1, so any other status becomes 1.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "process.on('exit', (status) => { process.exitCode = status && 1 }); import('./bin/pinwatch.js')", "health", "--json"]
ENTRYPOINT ["node", "bin/pinwatch.js"]
CMD ["run"]
