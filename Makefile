# Everything here works from a fresh clone: each target first sets up what it needs.

PREFIX ?= /usr/local
PYTHON ?= python3
SWIFT ?= swift
# Extra arguments for every Swift build and test, such as SWIFT_FLAGS="--jobs 1".
SWIFT_FLAGS ?=

WORKER = .build/release/face-worker

# The toolchains of the host examples. Tests run the hosts whose toolchain is there, `make examples` all of them.
EXAMPLE_PACKAGES = nodejs golang-go default-jdk-headless libgoogle-gson-java elixir erlang-jiffy jq shellcheck

.PHONY: fuzz test-asan test-tsan soak overload chaos help setup packages test-packages test-references models fetch-models build test demo examples bench bench-smoke lint install clean
.DEFAULT_GOAL := help

help:
	@echo "make setup             install missing Debian packages and fetch the default models and sample photos"
	@echo "make build             build $(WORKER) and .build/release/face-supervisor"
	@echo "make test              set up, build, and run every test"
	@echo "make test-kills        kill the training process twenty times while requests are served"
	@echo "make fuzz              fuzz each target for \$$FUZZ_SECONDS (3600): frames, requests, images, weights, manifests"
	@echo "make test-asan         the tests with AddressSanitizer; make test-tsan: with ThreadSanitizer"
	@echo "make soak              \$$SOAK_REQUESTS (200000) requests of all kinds to one worker: does it grow?"
	@echo "make overload          ten times the sustainable rate for \$$OVERLOAD_SECONDS (60), to a worker and to a pool"
	@echo "make chaos             \$$CHAOS_REQUESTS (20000) requests through the supervisor, with \$$CHAOS_FAULTS (500) faults"
	@echo "make test-references   compare with other implementations on each set of instructions that is here"
	@echo "make demo              enrol and identify people on sample photos; pictures go to demo-output/"
	@echo "make examples          install the toolchains of the host examples, and run each against the worker"
	@echo "make bench             measure speed and memory, beside the peers of \$$PEERS_PYTHON; writes Benchmarks/RESULTS.md"
	@echo "make lint              check the format of the Swift sources"
	@echo "make install PREFIX=   install self-contained programs, worker and supervisor, and the models ($(PREFIX))"
	@echo "make models            fetch the models and sample photos only"
	@echo "make fetch-models MODEL=ID...   fetch models of the catalogue, Models/, from their projects' addresses"
	@echo "make clean             remove what was built; models and the cache stay"

setup: packages models

packages:
	@tools/install_packages

# ffmpeg plays the videos of the examples; without it their tests skip and say so.
test-packages: packages
	@tools/install_packages ffmpeg || echo "No ffmpeg: the tests of the video example will skip."

models: packages
	@$(PYTHON) tools/fetch_models

# Models of the catalogue, by id, on a machine with internet: make fetch-models MODEL="scrfd-2.5g yunet"
fetch-models:
	@test -n "$(MODEL)" || { echo "Name models of Models/: make fetch-models MODEL=yunet"; exit 2; }
	@$(PYTHON) tools/fetch_models $(MODEL)

build: packages
	$(SWIFT) build -c release --product face-worker $(SWIFT_FLAGS)
	$(SWIFT) build -c release --product face-supervisor $(SWIFT_FLAGS)

# Tests are built with optimization, as networks are slow without, and in a folder of their own: test builds use other
# options than product builds, and in one folder each would throw the other away.
test: setup test-packages build
	FACE_WORKER="$(CURDIR)/$(WORKER)" FACE_WORKER_MODELS="$(CURDIR)/models" \
	  $(SWIFT) test -c release --scratch-path .build/tests $(SWIFT_FLAGS)
	@if [ -d examples/python ]; then \
	  echo "$(PYTHON) -m unittest discover examples/python"; \
	  FACE_WORKER="$(CURDIR)/$(WORKER)" FACE_WORKER_MODELS="$(CURDIR)/models" \
	    $(PYTHON) -m unittest discover examples/python; \
	fi
	FACE_WORKER="$(CURDIR)/$(WORKER)" FACE_WORKER_MODELS="$(CURDIR)/models" $(PYTHON) -m unittest discover examples
	$(PYTHON) -m unittest discover tools
	$(MAKE) --no-print-directory bench-smoke

# A part of `make test`, there with fewer kills.
test-kills: setup build
	FACE_WORKER="$(CURDIR)/$(WORKER)" FACE_WORKER_MODELS="$(CURDIR)/models" FACE_WORKER_FULL=1 \
	  $(SWIFT) test -c release --scratch-path .build/tests $(SWIFT_FLAGS) --filter TrainKillTests

# Parts of `make test`, there for seconds. On an otherwise idle machine: they measure times.
SOAK_REQUESTS ?= 200000
OVERLOAD_SECONDS ?= 60
CHAOS_REQUESTS ?= 20000
CHAOS_FAULTS ?= 500

soak: setup test-packages build
	tools/soak --count $(SOAK_REQUESTS)

# libFuzzer and AddressSanitizer; many hours in all. FUZZ_TARGETS="jpeg,png" takes some of the targets.
FUZZ_SECONDS ?= 3600
FUZZ_TARGETS ?=
fuzz: setup
	tools/fuzz --seconds $(FUZZ_SECONDS) --targets "$(FUZZ_TARGETS)" --swift-flags="$(SWIFT_FLAGS)"

# Tests with AddressSanitizer, and UndefinedBehaviorSanitizer for the C code. Tests of how little memory something takes are left
# out, since AddressSanitizer keeps what was freed; so is TrainingTests, which fits whole networks and would take hours.
SANITIZED_TARGETS ?= CalibrationTests DecisionsTests DigestsTests EvaluationTests FacePipelineTests FuzzingTests GalleryStoreTests \
  ImagesTests KernelsTests OnnxImportTests ProtocolTests SupervisionTests TelemetryTests TensorsTests WeightFilesTests \
  WorkerServiceTests
# The worker itself, built with the sanitizer, under a mixed load. The other end-to-end tests bound its time or memory, of which a
# sanitizer takes many times as much, or kill it over and over.
SANITIZED_WORKER ?= BadImageTests BadRequestTests CalibrateTests EndOfInputTests GalleryTests LiveStreamTests ModelSwapTests \
  ModelTests ReembedTests SharedGalleryTests StreamTests StreamTrainingTests TextModeTests TrainErasureTests TrainTests
SANITIZED_FLAGS = -Xswiftc -O -Xcc -O1 $(SWIFT_FLAGS)
UNDEFINED_FLAGS = -Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined
test-asan: setup test-packages
	$(SWIFT) build --build-tests --sanitize=address --scratch-path .build/asan $(UNDEFINED_FLAGS) $(SANITIZED_FLAGS)
	tools/test_sanitized address .build/asan $(SANITIZED_TARGETS) NetworksTests FaceModelsTests \
	  $(addprefix EndToEndTests.EndToEnd/,$(SANITIZED_WORKER))

# Tests with ThreadSanitizer, of what threads share; networks are left out for their length.
test-tsan: setup test-packages
	$(SWIFT) build --build-tests --sanitize=thread --scratch-path .build/tsan $(SANITIZED_FLAGS)
	tools/test_sanitized thread .build/tsan $(SANITIZED_TARGETS) $(addprefix EndToEndTests.EndToEnd/,$(SANITIZED_WORKER))

overload: setup test-packages build
	tools/overload --seconds $(OVERLOAD_SECONDS)
	tools/overload --seconds $(OVERLOAD_SECONDS) --supervisor

chaos: setup build
	tools/chaos --requests $(CHAOS_REQUESTS) --faults $(CHAOS_FAULTS)

# The comparisons with other implementations, with kernels and BLAS held to one set of instructions after the other. A set that
# the processor lacks fails by name: choose with INSTRUCTION_SETS=base.
INSTRUCTION_SETS ?= base avx2 avx512
REFERENCE_TESTS = DlibReference|MTCNNReference|SingleShotReference|OnnxRecognizer|InceptionResnet|OperatorFixture|PublishedModels|TrainingParity|SmallTrainingParity|theEnvironmentForcesASet
test-references: setup test-packages build
	for set in $(INSTRUCTION_SETS); do \
	  echo "instruction set $$set"; \
	  case $$set in base) core=Prescott;; avx2) core=Haswell;; *) core=SkylakeX;; esac; \
	  OPENBLAS_CORETYPE=$$core FACE_WORKER_INSTRUCTION_SET=$$set \
	    FACE_WORKER="$(CURDIR)/$(WORKER)" FACE_WORKER_MODELS="$(CURDIR)/models" \
	    $(SWIFT) test -c release --scratch-path .build/tests $(SWIFT_FLAGS) --filter "$(REFERENCE_TESTS)" || exit; \
	done
	FACE_WORKER="$(CURDIR)/$(WORKER)" FACE_WORKER_MODELS="$(CURDIR)/models" \
	  $(SWIFT) test -c release --scratch-path .build/tests $(SWIFT_FLAGS) --filter InstructionSetTests

demo: setup build
	@tools/arrange_demo
	$(PYTHON) examples/python/enroll_and_identify.py --worker $(WORKER) --models models --out demo-output \
	  .cache/demo/people .cache/demo/photos

examples: setup build
	@tools/install_packages $(EXAMPLE_PACKAGES)
	FACE_WORKER="$(CURDIR)/$(WORKER)" FACE_WORKER_MODELS="$(CURDIR)/models" \
	  $(PYTHON) -m unittest discover --verbose examples

# On an otherwise idle machine. PEERS_PYTHON names a Python with facenet-pytorch, torch, dlib, onnxruntime, openvino, faiss-cpu,
# numpy and Pillow; those that are missing are left out.
bench: setup build
	$(SWIFT) build -c release --product gallery-speed $(SWIFT_FLAGS)
	Benchmarks/run $(BENCH_FLAGS)
	@for part in "pipeline A whole request" "networks Networks" "gallery Gallery search"; do \
	  set -- $$part; name=$$1; shift; \
	  printf '\n## %s\n\n' "$$*" >> Benchmarks/RESULTS.md; \
	  echo "Benchmarks/$$name/run"; Benchmarks/$$name/run >> Benchmarks/RESULTS.md || exit; \
	done

bench-smoke:
	Benchmarks/run --smoke
	Benchmarks/pipeline/run --smoke

lint:
	$(SWIFT) format lint --strict -r Package.swift Sources Tests examples

# A build of its own, with the Swift runtime inside, so that the installed programs do not need the toolchain.
install: setup
	for product in face-worker face-supervisor; do \
	  $(SWIFT) build -c release --static-swift-stdlib --scratch-path .build/install --product $$product $(SWIFT_FLAGS) || exit; \
	done
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/share/face-worker"
	install -m 755 .build/install/release/face-worker .build/install/release/face-supervisor "$(DESTDIR)$(PREFIX)/bin/"
	cp -R models "$(DESTDIR)$(PREFIX)/share/face-worker/"

clean:
	rm -rf .build demo-output .cache/demo
