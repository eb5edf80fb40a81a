"""Metrics add up over processes, whoever is asked, also those of a process that has ended."""
import os
import subprocess
import sys

COUNT = """
from essc.kit import metrics
for _ in range({times}):
    metrics.request_done("cards.report_loss", 200, 0.002)
metrics.batch_done("codes.redeem", 3, 0.004)
"""
ASK = "from essc.kit import metrics; print(metrics.render().decode())"


def run(code: str, directory) -> str:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(directory)}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True).stdout


def test_two_processes_count_as_one(tmp_path):
    run(COUNT.format(times=2), tmp_path)
    run(COUNT.format(times=3), tmp_path)
    told = run(ASK, tmp_path)
    assert 'essc_http_requests_total{operation="cards.report_loss",status="200"} 5.0' in told
    assert 'essc_http_request_seconds_bucket{le="0.0025",operation="cards.report_loss"} 5.0' in told
    assert 'essc_batch_items_sum{verb="codes.redeem"} 6.0' in told
