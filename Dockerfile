# The authorization server, and nothing else of the repository (.dockerignore). Build it at the root:
#   docker build -t keywright .
FROM node:26-bookworm-slim AS modules
WORKDIR /opt/keywright
COPY . .
# What it is built with; then what it runs with, as the lockfile has it: without the optional packages, which carry a Node of their own, and the image has one.
RUN npm ci --workspace packages/server --workspace packages/store --include-workspace-root \
  && node tools/pack.ts \
  && npm ci --omit=dev --omit=optional --workspace packages/server \
  && rm -r node_modules/@keywright \
  && mv dist/packages node_modules/@keywright

FROM node:26-bookworm-slim
ENV NODE_ENV=production
COPY --from=modules /opt/keywright/node_modules /opt/keywright/node_modules
RUN ln -s /opt/keywright/node_modules/@keywright/server/bin/keywright.cjs /usr/local/bin/keywright \
  && install -d -o node -g node -m 0700 /var/lib/keywright
# Nothing of the program can be changed by the user that runs it.
USER node
WORKDIR /var/lib/keywright
ENV KEYWRIGHT_CONFIG=/etc/keywright/keywright.yaml
EXPOSE 4000 9464
# Docker alone asks this; Kubernetes has probes of its own.
HEALTHCHECK --start-period=10s --interval=10s --timeout=5s CMD \
  ["node", "-e", "fetch('http://127.0.0.1:4000/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["keywright"]
CMD ["serve"]
