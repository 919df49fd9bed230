# Keepsight in a container. Weights and pictures are mounted, never built in.
#   docker build -t keepsight .                                   detectors in torch and ONNX Runtime, on the processor
#   docker build -t keepsight:slim --build-arg VARIANT=slim .     without torch, for networks with their exports
#   docker build -t keepsight:cuda --build-arg VARIANT=cuda .     on a graphics processor (docker run --gpus all)
#   docker run -p 8000:8000 -e KEEPSIGHT_CLOUD__API_SECRET=… -v ./pictures:/media:ro -v ./weights:/weights keepsight
ARG VARIANT=cpu

FROM python:3.13-slim AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE config.example.toml ./
COPY constraints constraints
COPY models models
COPY src src
ARG VARIANT
# PIP_ARGS names a package index of your own, such as one that carries CPU builds of torch.
ARG PIP_ARGS=""
COPY docker/install /usr/local/bin/install-keepsight
RUN install-keepsight "${VARIANT}" /opt/keepsight

FROM python:3.13-slim
ARG VARIANT
# FONTS: for texts in scripts that the font packages of Python leave out; FONTS= does without.
ARG FONTS="fontconfig-config fonts-noto-core fonts-noto-color-emoji"
# OpenCV's wheel, which comes along with torch's networks, links against libGL and glib. jemalloc gives memory back after
# bursts of large pictures, which glibc does not.
# hadolint ignore=DL3008,SC2086  # the newest of a stable Debian; several words each
RUN apt-get update \
    && if [ "${VARIANT}" = slim ]; then LIBRARIES=""; else LIBRARIES="libgl1 libglib2.0-0"; fi \
    && apt-get install -y --no-install-recommends libjemalloc2 ${LIBRARIES} ${FONTS} \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --no-log-init --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin keepsight \
    && install -d -o keepsight /data /media /weights \
    && find /usr/lib -name libjemalloc.so.2 -exec ln -s {} /usr/local/lib/libjemalloc.so ';'
COPY --from=build /opt/keepsight /opt/keepsight
COPY docker/entrypoint docker/healthy /usr/local/bin/
# The root may be read-only: what is written lies in /data and /tmp.
ENV PATH=/opt/keepsight/bin:$PATH \
    LD_PRELOAD=/usr/local/lib/libjemalloc.so \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    YOLO_CONFIG_DIR=/tmp \
    KEEPSIGHT_SERVER__HOST=0.0.0.0 \
    KEEPSIGHT_STORAGE__MEDIA=/media \
    KEEPSIGHT_STORAGE__DATA=/data \
    KEEPSIGHT_MODELS__WEIGHTS=/weights
USER 10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["healthy"]
ENTRYPOINT ["entrypoint"]
CMD ["serve"]
