"""A run's losses, to a CSV file and as lines to read."""
from __future__ import annotations

import csv
from pathlib import Path

import torch


class Log:
    """Losses averaged between reports, to a CSV file with a column for each."""

    def __init__(self, losses: list[str]):
        self.columns = ["step", "seconds", "lr", "kept", *losses, "critic"]
        self.sums: dict[str, tuple[torch.Tensor, int]] = {}
        """Since the last report; a checkpoint holds them."""

    def open(self, path: Path, step: int) -> None:
        """Begins the file, or goes on after its row of `step`."""
        self.path, earlier = path, []
        if step and path.exists():  # rows past the checkpoint that the run goes on from will come again
            with open(path, newline="") as file:
                earlier = [r for r in csv.DictReader(file) if int(r["step"]) <= step]
        with open(path, "w", newline="") as file:
            writer = csv.DictWriter(file, self.columns, extrasaction="ignore", restval="")
            writer.writeheader()
            writer.writerows(earlier)

    def add(self, terms: dict[str, torch.Tensor]) -> None:
        for name, value in terms.items():
            total, count = self.sums.get(name, (0, 0))
            self.sums[name] = total + value.detach(), count + 1

    def write(self, step: int, seconds: float, pace: float, lr: float, kept: list[float]) -> str:
        """Appends a row and returns it as a line to read."""
        # All at once: each number that is asked for waits for a GPU.
        totals = torch.stack([total.float() for total, _ in self.sums.values()]).tolist() if self.sums else []
        means = {name: total / count for (name, (_, count)), total in zip(self.sums.items(), totals)}
        self.sums = {}
        row = {"step": step, "seconds": f"{seconds:.0f}", "lr": f"{lr:.3g}", "kept": " ".join(f"{k:.3f}" for k in kept)}
        row |= {name: f"{value:.5f}" for name, value in means.items()}
        with open(self.path, "a", newline="") as file:
            csv.DictWriter(file, self.columns, extrasaction="ignore", restval="").writerow(row)
        losses = " ".join(f"{name} {value:.4f}" for name, value in means.items())
        return f"{step}: {pace:.3g} s/step, {losses}" + (f", kept {row['kept']}" if kept else "")


def say(text: str) -> None:
    print(text, flush=True)
