# Guestlist in one image: an ordinary user, the console built in, the data in one volume.
FROM node:24-bookworm-slim AS build
WORKDIR /opt/guestlist
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --include=dev --include=optional --no-audit --no-fund
COPY . .
RUN node scripts/build-console.ts && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/guestlist --shell /usr/sbin/nologin guestlist \
  && install -d -o guestlist -g guestlist -m 700 /var/lib/guestlist
WORKDIR /opt/guestlist
COPY --from=build /opt/guestlist ./
USER guestlist
# Inside the container it listens on every address; it still answers only for this machine's names and the public https address.
ENV NODE_ENV=production HOST=0.0.0.0 GUESTLIST_DATA_DIR=/var/lib/guestlist
VOLUME /var/lib/guestlist
EXPOSE 4400
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 4400}/readyz`).then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
# The flags, and what the C library keeps, as in scripts/run.mjs.
ENV MALLOC_ARENA_MAX=2
CMD ["node", "--max-semi-space-size=4", "--heap-growing-percent=40", "src/main.ts", "serve"]
