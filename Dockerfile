# The operator. Two images: `operator` (the default, for KubeVirt) and `operator-libvirt`, which has virsh as well.
#
#   docker buildx build --platform linux/amd64,linux/arm64 -t REGISTRY/medevac:VERSION .
#   docker buildx build --platform linux/amd64,linux/arm64 -t REGISTRY/medevac:VERSION-libvirt --target operator-libvirt .
#
# The flags keep memory near what is in use: of itself V8 lets it grow to several times that, and takes 25 MB to optimize undici's parser
# of HTTP, which is WebAssembly (docs/adr/0050-memory.md). What is run is one bundle (docs/adr/0065-one-bundle.md).
#
# Digests are those of indexes of all architectures. To renew one: `docker buildx imagetools inspect NAME:TAG`.
ARG BUILDER=docker.io/library/node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6
ARG RUNTIME=gcr.io/distroless/nodejs24-debian12:nonroot@sha256:14d42e2511532589a7c7e01a753667a74fcc96266e137e8125006b87b0c32d0a
# BuildKit sets it; another builder is told with --build-arg.
ARG BUILDPLATFORM

# Nothing of what is built depends on the architecture: it is built once, on that of the machine.
FROM --platform=$BUILDPLATFORM ${BUILDER} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts/build.ts ./scripts/
COPY src ./src
RUN npm run build

# What both images hold.
FROM scratch AS files
COPY --from=build /build/package.json /app/
COPY --from=build /build/dist /app/dist

FROM ${RUNTIME} AS operator
LABEL org.opencontainers.image.title="medevac" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production PATH="/nodejs/bin:${PATH}"
WORKDIR /app
COPY --from=files / /
USER 65532:65532
EXPOSE 8081 9443
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=8", "--heap-growing-percent=30", "--no-wasm-tier-up", "--no-wasm-dynamic-tiering", "/app/dist/main.js"]

# virsh, and ssh for `qemu+ssh`, with the libraries that they are linked to. Those of C and C++ are the runtime's, which is of the
# same release of Debian.
FROM ${BUILDER} AS virsh
RUN apt-get update \
    && apt-get install -y --no-install-recommends libvirt-clients openssh-client \
    && mkdir -p /virsh/usr/bin \
    && cp /usr/bin/virsh /usr/bin/ssh /virsh/usr/bin/ \
    && for library in $(ldd /usr/bin/virsh /usr/bin/ssh | grep -o '/lib/[^ ]*' | sort -u); do \
         case "$(basename "$library")" in ld-linux*|libc.so.*|libm.so.*|libresolv.so.*|libgcc_s.so.*|libstdc++.so.*) continue ;; esac; \
         mkdir -p "/virsh/usr$(dirname "$library")" && cp -L "$library" "/virsh/usr$library" || exit 1; \
       done

FROM operator AS operator-libvirt
COPY --from=virsh /virsh /

# What is built where no target is named.
FROM operator
