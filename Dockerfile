# Node.js 24 for the image; 20.19 and later is supported.
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

# No install scripts: everything that pinwatch needs is JavaScript.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
# Owned by root, so that the service can't change its own code. Only var/ is its own; a volume there takes that over.
RUN mkdir var && chown node:node var
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /build/dist/src ./dist/src
COPY package.json ./
COPY bin ./bin
COPY config/pinwatch.yaml ./config/pinwatch.yaml
USER node
EXPOSE 9464
STOPSIGNAL SIGTERM
# Not /readyz: a restart does not help against a Redis that is away.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/pinwatch.js"]
CMD ["run"]
