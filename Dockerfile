# The validator and no training: `docker run --rm -v "$PWD:/work:ro" IMAGE validate .`
FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN python -m venv /opt/iacrl && /opt/iacrl/bin/pip install --no-cache-dir . && /opt/iacrl/bin/pip uninstall --yes pip

FROM python:3.13-slim
COPY --from=build /opt/iacrl /opt/iacrl
ENV PATH=/opt/iacrl/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 65534:65534
WORKDIR /work
ENTRYPOINT ["iacrl"]
CMD ["--help"]
