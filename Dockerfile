# Keepsight with its detectors. Weights and pictures are mounted, never built in.
#   docker build -t keepsight .
#   docker run -p 8000:8000 -e KEEPSIGHT_CLOUD__API_SECRET=… -v ./pictures:/media:ro -v ./weights:/weights keepsight
FROM python:3.13-slim AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE config.example.toml ./
COPY constraints constraints
COPY models models
COPY src src
# PIP_ARGS names a package index that carries CPU builds of torch; without one, pip takes the CUDA build.
ARG PIP_ARGS=""
ARG EXTRAS="[detect,onnx]"
RUN python -m venv /opt/keepsight && /opt/keepsight/bin/pip install --no-cache-dir ${PIP_ARGS} -c constraints/cpu.txt ".${EXTRAS}"

FROM python:3.13-slim
# libgl1 and glib: OpenCV's wheel. jemalloc gives memory back after bursts of large pictures, which glibc does not.
# FONTS: for texts in scripts that the font packages of Python leave out; FONTS= does without.
ARG FONTS="fontconfig-config fonts-noto-cjk fonts-noto-color-emoji"
RUN apt-get update && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 libjemalloc2 ${FONTS} \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home keepsight \
    && install -d -o keepsight /data /media /weights \
    && ln -s "$(ldconfig -p | sed -n 's/.* => \(.*libjemalloc.so.2\)/\1/p' | head -n 1)" /usr/local/lib/libjemalloc.so
COPY --from=build /opt/keepsight /opt/keepsight
COPY docker/entrypoint /usr/local/bin/entrypoint
ENV PATH=/opt/keepsight/bin:$PATH \
    LD_PRELOAD=/usr/local/lib/libjemalloc.so \
    KEEPSIGHT_SERVER__HOST=0.0.0.0 \
    KEEPSIGHT_STORAGE__MEDIA=/media \
    KEEPSIGHT_STORAGE__DATA=/data \
    KEEPSIGHT_MODELS__WEIGHTS=/weights
USER keepsight
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
ENTRYPOINT ["entrypoint"]
CMD ["serve"]
