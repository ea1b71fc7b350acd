"""The server of resin.kserve, asked by tritonclient: test_kserve.py FOLDER, with the libraries of python.sh in the folder."""

import asyncio
import concurrent.futures
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import unittest

import numpy
import tritonclient.grpc
import tritonclient.grpc.aio
import tritonclient.http
import tritonclient.http.aio
from tritonclient.utils import InferenceServerException

import resin

FOLDER = sys.argv[1]
MAX_BODY = 1 << 20


def library(name):
    return os.path.join(FOLDER, name, f"lib{name}.so")


def random(*shape, seed=0):
    return numpy.random.default_rng(seed).standard_normal(shape, numpy.float32)


def free_port():
    with socket.socket() as one:
        one.bind(("localhost", 0))
        return one.getsockname()[1]


class Server:
    """A process of `python -m resin.kserve`, with all that it writes in a file."""

    def __init__(self, *options, models=("digits",)):
        self.http_port, self.grpc_port = free_port(), free_port()
        self.url, self.grpc_url = f"localhost:{self.http_port}", f"localhost:{self.grpc_port}"
        self.log = os.path.join(FOLDER, f"server-{self.http_port}.log")
        command = [sys.executable, "-m", "resin.kserve", "--http_port", str(self.http_port)]
        command += ["--grpc_port", str(self.grpc_port), *options]
        for name in models:
            command += ["--model", f"{name}={library(name)}"]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self.http = tritonclient.http.InferenceServerClient(self.url, concurrency=8, network_timeout=60)
        self.grpc = tritonclient.grpc.InferenceServerClient(self.grpc_url)

    def wait(self):
        """Returns when the server answers."""
        for _ in range(1800):
            if self.process.poll() is not None:
                break
            try:
                if self.http.is_server_ready() and self.grpc.is_server_ready():
                    return self
            except (OSError, InferenceServerException):
                pass
            time.sleep(0.1)
        with open(self.log) as log:
            raise AssertionError(f"the server does not answer:\n{log.read()}")

    def ask(self, method, path, body=None, headers=None):
        """The status and the text of an answer over HTTP."""
        connection = http.client.HTTPConnection("localhost", self.http_port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def infer(self, model, body, headers=None):
        """The status and the message of an answer to a body that is no request."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers = {"Content-Type": "application/json", **(headers or {})}
        status, text = self.ask("POST", f"/v2/models/{model}/infer", body, headers)
        return status, json.loads(text).get("error", text)

    def metric(self, name, model="digits"):
        found = re.search(rf'^{name}{{(?:[^}}]*,)?model_name="{model}"}} (\S+)$', self.ask("GET", "/metrics")[1], re.M)
        return float(found[1]) if found else None

    def close(self):
        self.http.close()
        self.grpc.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def tensors(kind, arrays, **options):
    """Inputs for a client over HTTP or gRPC."""
    names = {"float32": "FP32", "float64": "FP64", "int64": "INT64", "bool": "BOOL", "int32": "INT32"}
    inputs = []
    for name, value in arrays.items():
        inputs.append(kind.InferInput(name, list(value.shape), names[str(value.dtype)]))
        inputs[-1].set_data_from_numpy(value, **options)
    return inputs


class Serving(unittest.TestCase):
    """One server with several models."""

    @classmethod
    def setUpClass(cls):
        models = ("digits", "pair", "indices", "together", "eight", "sizes")
        cls.server = Server("--max-delay", "5", "--max-queue", "600", "--max-body", str(MAX_BODY), models=models)
        cls.addClassCleanup(cls.server.close)
        cls.nets = {name: resin.load(library(name)) for name in models}
        cls.server.wait()

    def expected(self, model, arrays):
        results = self.nets[model](arrays)
        return results if isinstance(results, dict) else {self.nets[model].outputs[0].name: results}

    def assert_answers(self, model, arrays):
        """Every client, in every encoding, gets the bits of a call in this process."""
        expected = self.expected(model, arrays)
        answers = []
        for binary_in in (True, False):
            for binary_out in (True, False):
                outputs = [tritonclient.http.InferRequestedOutput(name, binary_data=binary_out) for name in expected]
                inputs = tensors(tritonclient.http, arrays, binary_data=binary_in)
                answers.append(self.server.http.infer(model, inputs, outputs=outputs))
        answers.append(self.server.http.infer(model, tensors(tritonclient.http, arrays)))
        answers.append(self.server.grpc.infer(model, tensors(tritonclient.grpc, arrays), request_id="7"))
        for answer in answers:
            for name, value in expected.items():
                found = answer.as_numpy(name)
                self.assertEqual((found.dtype, found.shape), (value.dtype, value.shape))
                self.assertEqual(found.tobytes(), value.tobytes())
        self.assertEqual(answers[-1].get_response().id, "7")

    def test_the_server_and_its_models_say_what_they_are(self):
        for client in (self.server.http, self.server.grpc):
            self.assertTrue(client.is_server_live() and client.is_server_ready() and client.is_model_ready("digits"))
        metadata = self.server.http.get_model_metadata("pair")
        self.assertEqual(metadata["inputs"], [
            {"name": "image", "datatype": "FP32", "shape": [-1, 3, 16, 16]},
            {"name": "bias", "datatype": "FP32", "shape": [1, 4]}])
        self.assertEqual([output["name"] for output in metadata["outputs"]], ["logits", "features"])
        self.assertEqual(self.server.http.get_server_metadata()["name"], "kserve")
        found = self.server.grpc.get_model_metadata("indices")
        self.assertEqual([(one.name, one.datatype, list(one.shape)) for one in found.inputs][2], ("marks", "BOOL", [-1, 6]))
        self.assertEqual(self.server.http.get_model_metadata("together")["inputs"][0]["shape"], [4, 3])
        with self.assertRaisesRegex(InferenceServerException, "Model with name absent does not exist"):
            self.server.http.get_model_metadata("absent")
        with self.assertRaisesRegex(InferenceServerException, "NOT_FOUND.*Model with name absent does not exist"):
            self.server.grpc.get_model_metadata("absent")

    def test_answers_are_those_of_a_call(self):
        for count in (1, 3, 8, 19):
            self.assert_answers("digits", {"image": random(count, 1, 28, 28, seed=count)})
        self.assert_answers("pair", {"image": random(5, 3, 16, 16), "bias": random(1, 4)})
        marks = numpy.array([[True, False, True, False, False, True]] * 2)
        self.assert_answers("indices", {
            "ids": numpy.arange(12).reshape(2, 6) - 2**40, "others": numpy.arange(12).reshape(2, 6), "marks": marks})
        self.assert_answers("together", {"x": random(4, 3)})
        self.assert_answers("eight", {"image": random(3, 1, 28, 28)})
        self.assert_answers("sizes", {"image": random(3, 1, 16, 12)})

    def test_only_the_outputs_that_are_named_come_back(self):
        arrays = {"image": random(2, 3, 16, 16), "bias": random(1, 4)}
        for client, kind in ((self.server.http, tritonclient.http), (self.server.grpc, tritonclient.grpc)):
            answer = client.infer("pair", tensors(kind, arrays), outputs=[kind.InferRequestedOutput("features")])
            self.assertIsNone(answer.as_numpy("logits"))
            numpy.testing.assert_array_equal(answer.as_numpy("features"), self.expected("pair", arrays)["features"])

    def test_lists_of_json_and_of_grpc_are_tensors(self):
        x = random(2, 1, 28, 28)
        status, text = self.server.ask("POST", "/v2/models/digits/infer", json.dumps({"inputs": [
            {"name": "image", "shape": [2, 1, 28, 28], "datatype": "FP32", "data": x.tolist()}]}),
            {"Content-Type": "application/json"})
        self.assertEqual(status, 200)
        found = numpy.array(json.loads(text)["outputs"][0]["data"], numpy.float32).reshape(2, 10)
        numpy.testing.assert_array_equal(found, self.nets["digits"](x))
        request = tritonclient.grpc.service_pb2.ModelInferRequest(model_name="digits")
        tensor = request.inputs.add(name="image", datatype="FP32", shape=[2, 1, 28, 28])
        tensor.contents.fp32_contents.extend(x.reshape(-1).tolist())
        answer = self.server.grpc._client_stub.ModelInfer(request)
        found = numpy.array(answer.outputs[0].contents.fp32_contents, numpy.float32).reshape(2, 10)
        numpy.testing.assert_array_equal(found, self.nets["digits"](x))

    def test_mistakes_are_told_as_a_call_tells_them(self):
        x = random(1, 1, 28, 28)
        pair = {"image": random(1, 3, 16, 16), "bias": random(1, 4)}
        both = ((self.server.http, tritonclient.http, "400"), (self.server.grpc, tritonclient.grpc, "INVALID_ARGUMENT"))
        for model, arrays, words in [
            ("digits", {"picture": x}, "there is no input 'picture'; the model has 'image'"),
            ("digits", {"image": x[0]}, r"input 'image' is float32\[n, 1, 28, 28\]; .* has the shape \[1, 28, 28\]"),
            ("digits", {"image": x[:0]}, "which has no image"),
            ("digits", {"image": x.astype(float)}, r"input 'image' is float32\[n, 1, 28, 28\]; .* holds float64"),
            ("digits", {"image": random(601, 1, 28, 28)}, "601 images are given at once"),
            ("pair", {"image": pair["image"]}, "no array is given for input 'bias'"),
            ("pair", {**pair, "bias": random(2, 4)}, r"input 'bias' is float32\[1, 4\]"),
            ("together", {"x": random(3, 3)}, r"input 'x' is float32\[4, 3\]"),
            ("sizes", {"image": random(1, 1, 9, 8)}, r"has the shape \[1, 1, 9, 8\]"),
        ]:
            for client, kind, status in both:
                if kind is tritonclient.http and sum(value.nbytes for value in arrays.values()) > MAX_BODY:
                    continue
                with self.subTest(words, status=status):
                    with self.assertRaisesRegex(InferenceServerException, words) as raised:
                        client.infer(model, tensors(kind, arrays))
                    self.assertIn(status, raised.exception.status())
        for client, kind, status in both:
            with self.assertRaisesRegex(InferenceServerException, "there is no output 'classes'; the model has 'logits'"):
                client.infer("digits", tensors(kind, {"image": x}), outputs=[kind.InferRequestedOutput("classes")])
            with self.assertRaisesRegex(InferenceServerException, "Model with name absent does not exist") as raised:
                client.infer("absent", tensors(kind, {"image": x}))
            self.assertIn("404" if status == "400" else "NOT_FOUND", raised.exception.status())
        status, error = self.server.ask("POST", "/v1/models/digits:predict", '{"instances": [[1.0]]}')
        self.assertEqual(status, 501)
        self.assertIn("version 2", error)

    def test_values_of_json_are_not_converted_in_silence(self):
        def body(model, **changes):
            port = self.nets[model].inputs[0]
            shape = [1, *port.shape[1:]]
            size = int(numpy.prod(shape))
            return {"inputs": [{"name": port.name, "shape": shape, "datatype": "FP32", "data": [0.5] * size, **changes}]}

        for changes, words in [
            ({"data": ["a"] * 784}, "values that are no FP32"), ({"data": [True] * 784}, "values that are no FP32"),
            ({"data": [1e300] * 784}, "values beyond FP32"), ({"data": [[0.5], [1, 2]]}, "values that are no FP32"),
            ({"data": [None] * 784}, "values that are no FP32"), ({"data": [0.5] * 783}, "has 783 elements; its shape"),
            ({"data": []}, "has 0 elements"), ({"datatype": "INT64"}, "values that are no INT64"),
            ({"datatype": "INT8", "data": [300] * 784}, "values beyond INT8"), ({"datatype": "FLOAT"}, "which no model has"),
            ({"datatype": "BYTES"}, "which no model has"), ({"shape": [1, 1, 28, -28]}, "which is none"),
            ({"shape": [10**15, 10**15]}, "has 784 elements; its shape"), ({"shape": ["a"]}, "shape"),
            ({"name": 7}, "name"), ({"data": "abc"}, "data"),
        ]:
            with self.subTest(words):
                status, error = self.server.infer("digits", body("digits", **changes))
                self.assertEqual(status, 400, error)
                self.assertIn(words, error)
                self.assertLess(len(error), 500)

    def test_bodies_that_are_no_requests_are_refused(self):
        x = random(1, 1, 28, 28).tobytes()

        def framed(header, data, length=None):
            header = header if isinstance(header, bytes) else json.dumps(header).encode()
            return header + data, {"Inference-Header-Content-Length": str(len(header) if length is None else length)}

        def one(**parameters):
            return {"inputs": [{"name": "image", "shape": [1, 1, 28, 28], "datatype": "FP32", "parameters": parameters}]}

        whole = one(binary_data_size=len(x))
        self.assertEqual(self.server.ask("POST", "/v2/models/digits/infer", *framed(whole, x))[0], 200)
        twice = {"inputs": whole["inputs"] * 2}
        for (body, headers), words in [
            (framed(whole, x[:-1]), "the body ends after 3135 of 3136 bytes of input 'image'"),
            (framed(whole, x + b"1234"), "the body has 4 bytes more than its inputs"),
            (framed(one(binary_data_size=len(x) - 1), x[:-1]), "3135 bytes, which are no elements of 4 bytes"),
            (framed(one(binary_data_size=-4), x), "of -4 bytes"), (framed(one(), x), "binary_data_size"),
            (framed(one(binary_data_size="all"), x), "no request of the Open"),
            (framed(twice, x + x), "input 'image' is given twice"),
            (framed(whole, x, 10**6), "Inference-Header-Content-Length is 1000000"), (framed(whole, x, -1), "Length is -1"),
            (framed(whole, x, "all"), "no request of the Open"), (framed(whole, x, 20), "no request of the Open"),
            (framed([], b""), "no request of the Open"), (framed({"inputs": 7}, b""), "no request of the Open"),
            (framed({"inputs": [{}]}, b""), "no request of the Open"), ((x, {}), "Open Inference Protocol"),
            ((b"", {}), "Open Inference Protocol"), ((b"\xff" * 64, {"Content-Type": "application/json"}), "parsing the body"),
            ((b'{"inputs": 7}', {"Content-Type": "application/json"}), "no request of the Open"),
            ((b"[" * 100_000, {"Content-Type": "application/json"}), ""),
        ]:
            with self.subTest(words, headers=headers):
                status, error = self.server.infer("digits", body, headers)
                self.assertEqual(status, 400, error)
                self.assertIn(words, error)
                self.assertLess(len(error), 1000)
        request = tritonclient.grpc.service_pb2.ModelInferRequest(model_name="digits")
        request.inputs.add(name="image", datatype="FP32", shape=[1, 1, 28, 28])
        for raw, words in [([x[:-1]], "3135 bytes"), ([x, x], "the number of inputs"), ([x[:-4]], "has 783 elements")]:
            del request.raw_input_contents[:]
            request.raw_input_contents.extend(raw)
            with self.assertRaisesRegex(Exception, words):
                self.server.grpc._client_stub.ModelInfer(request)

    def test_bodies_have_a_bound(self):
        status, error = self.server.infer("digits", b"x" * (MAX_BODY + 1))
        self.assertEqual((status, error), (413, f"the body of a request has at most {MAX_BODY} bytes"))
        # In pieces, without a length.
        connection = http.client.HTTPConnection("localhost", self.server.http_port, timeout=60)
        connection.request("POST", "/v2/models/digits/infer", iter([b"x" * 65536] * 17), encode_chunked=True, headers={
            "Transfer-Encoding": "chunked"})
        answer = connection.getresponse()
        self.assertEqual((answer.status, json.loads(answer.read())["error"]), (status, error))
        connection.close()
        with self.assertRaisesRegex(InferenceServerException, "RESOURCE_EXHAUSTED.*larger than max"):
            self.server.grpc.infer("digits", tensors(tritonclient.grpc, {"image": random(3000, 1, 28, 28)}))
        # Clients that end in the middle of a body.
        for _ in range(8):
            with socket.create_connection(("localhost", self.server.http_port)) as one:
                one.sendall(b"POST /v2/models/digits/infer HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{")
        self.assert_answers("digits", {"image": random(1, 1, 28, 28)})

    def test_two_hundred_clients_at_once(self):
        def counted():
            return [self.server.metric(f"resin_batch_images_{which}", "eight") or 0 for which in ("count", "sum")]

        before = counted()
        net = self.nets["eight"]
        x = random(200, 1, 28, 28)
        expected = net(x)

        async def http_client(i):
            async with tritonclient.http.aio.InferenceServerClient(self.server.url) as client:
                return [
                    (await client.infer("eight", tensors(tritonclient.http, {"image": x[i : i + 1]}))).as_numpy("logits")
                    for _ in range(2)]

        async def grpc_client(i):
            async with tritonclient.grpc.aio.InferenceServerClient(self.server.grpc_url) as client:
                return [
                    (await client.infer("eight", tensors(tritonclient.grpc, {"image": x[i : i + 1]}))).as_numpy("logits")
                    for _ in range(2)]

        async def all(client):
            return await asyncio.gather(*(client(i) for i in range(200)))

        for client in (http_client, grpc_client):
            for i, answers in enumerate(asyncio.run(all(client))):
                for answer in answers:
                    self.assertEqual(answer.tobytes(), expected[i : i + 1].tobytes())
        runs, images = (after - first for after, first in zip(counted(), before))
        self.assertEqual(images, 800)
        self.assertLess(runs, 800)

    def test_an_unloaded_model_can_be_loaded_again(self):
        # Over HTTP: of gRPC's requests KServe reads the name where tritonclient has that of a repository.
        client = self.server.http
        asked = ((client, tritonclient.http), (self.server.grpc, tritonclient.grpc))
        x = random(2, 1, 28, 28)
        for _ in range(2):
            client.unload_model("eight")
            self.assertFalse(client.is_model_ready("eight"))
            for one, kind in asked:
                with self.assertRaisesRegex(InferenceServerException, "Model with name eight does not exist"):
                    one.infer("eight", tensors(kind, {"image": x}))
            for _ in range(2):
                client.load_model("eight")
            self.assertTrue(client.is_model_ready("eight"))
            for one, kind in asked:
                answer = one.infer("eight", tensors(kind, {"image": x}))
                numpy.testing.assert_array_equal(answer.as_numpy("logits"), self.nets["eight"](x))
        with self.assertRaisesRegex(InferenceServerException, "the server was not started with a model 'absent'"):
            client.load_model("absent")

    def test_figures_for_prometheus(self):
        self.assert_answers("eight", {"image": random(3, 1, 28, 28)})
        figures = {name: self.server.metric(f"resin_{name}", "eight") for name in (
            "queue_images", "rejected_requests_total", "run_seconds_count", "queue_seconds_count")}
        self.assertEqual(figures["queue_images"], 0)
        self.assertIsNone(figures["rejected_requests_total"])
        self.assertGreaterEqual(figures["run_seconds_count"], 6)
        self.assertGreaterEqual(figures["queue_seconds_count"], 6)
        self.assertGreaterEqual(self.server.metric("request_predict_seconds_count", "eight"), 6)


class Bounds(unittest.TestCase):
    """Servers of their own."""

    def test_a_full_queue_refuses_and_a_stopping_server_answers_what_it_has(self):
        # Three requests are no batch: they wait for the delay, and nothing else fits.
        server = Server("--max-delay", "4000", "--max-queue", "3")
        self.addCleanup(server.close)
        server.wait()
        x = random(4, 1, 28, 28)
        expected = resin.load(library("digits"))(x)

        def ask(i):
            if i == 0:
                client, kind = tritonclient.grpc.InferenceServerClient(server.grpc_url), tritonclient.grpc
            else:
                client, kind = tritonclient.http.InferenceServerClient(server.url, network_timeout=60), tritonclient.http
            return client.infer("digits", tensors(kind, {"image": x[i : i + 1]})).as_numpy("logits")

        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            answers = [pool.submit(ask, i) for i in range(3)]
            for _ in range(100):
                if server.metric("resin_queue_images") == 3:
                    break
                time.sleep(0.02)
            for client, kind, status in (
                (server.http, tritonclient.http, "429"), (server.grpc, tritonclient.grpc, "RESOURCE_EXHAUSTED"),
            ):
                with self.assertRaisesRegex(InferenceServerException, "no more than 3 may: try again later") as raised:
                    client.infer("digits", tensors(kind, {"image": x[3:]}))
                self.assertIn(status, raised.exception.status())
            self.assertEqual(server.metric("resin_rejected_requests_total"), 2)
            self.assertFalse(any(answer.done() for answer in answers))
            server.process.send_signal(signal.SIGTERM)
            for i, answer in enumerate(answers):
                self.assertEqual(answer.result(60).tobytes(), expected[i : i + 1].tobytes())
        self.assertEqual(server.process.wait(30), 0)
        with self.assertRaises(OSError):
            socket.create_connection(("localhost", server.http_port)).close()

    def test_what_cannot_be_served_is_said(self):
        digits = f"digits={library('digits')}"
        cases = [
            (1, "absent.so: cannot open: No such file", "--model", f"digits={FOLDER}/absent.so"),
            (2, "the following arguments are required: --model"),
            (2, "--model takes NAME=LIBRARY, not 'libdigits.so'", "--model", "libdigits.so"),
            (2, "--model names 'digits' twice", "--model", digits, "--model", digits),
            (2, "--workers is 1", "--model", digits, "--workers", "2"),
            (2, "--max-queue and --max-body from 1", "--model", digits, "--max-queue", "0"),
        ]
        # In one process, since KServe takes long to be imported; in another than this one, since it and tritonclient
        # describe the same protocol to the same library.
        script = """
import json, sys
from resin.kserve.__main__ import main
for arguments in json.loads(sys.argv.pop()):
    try:
        status = main(arguments)
    except SystemExit as end:
        status = end.code
    print("status", status, file=sys.stderr)
"""
        arguments = json.dumps([case[2:] for case in cases])
        result = subprocess.run([sys.executable, "-c", script, arguments], capture_output=True, text=True)
        answers = result.stderr.split("python -m resin.kserve: error: ")[1:]
        self.assertEqual(len(answers), len(cases), result.stderr)
        for (status, words, *_), answer in zip(cases, answers):
            self.assertIn(words, answer)
            self.assertIn(f"\nstatus {status}\n", answer)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
