# `deno task image` makes dist/rootfs; nothing else is needed, and no network.
FROM scratch

ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="etcha" \
      org.opencontainers.image.description="Keeps hosts the way you describe them" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"

COPY dist/rootfs/ /

ENV PATH=/usr/bin:/bin \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt

# Volumes, where they are wanted: /etc/etcha for etcha.jsonnet, /var/lib/etcha for what the agent remembers, which
# begins there in the folder etcha (run.stateDir).
WORKDIR /var/lib/etcha
USER 65532:65532
EXPOSE 4000

# It sees files and ETCHA_… variables: with another address by -x, run with --no-healthcheck, or set ETCHA_run_listenAddress.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["/usr/bin/etcha", "health"]

ENTRYPOINT ["/usr/bin/etcha"]
CMD ["--help"]
