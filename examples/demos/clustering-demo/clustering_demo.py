"""Groups random points by k-means, reports the groups and draws them."""

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # Also without a display.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import silhouette_score


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=300, help="number of points")
    parser.add_argument("--clusters", type=int, default=4, help="number of groups")
    parser.add_argument("--output", type=Path, default=Path("clusters.png"), help="where to draw them")
    arguments = parser.parse_args()

    points, _ = make_blobs(arguments.samples, centers=arguments.clusters, cluster_std=0.7, random_state=7)
    groups = KMeans(arguments.clusters, n_init=10, random_state=7).fit(points)
    for label, center in enumerate(groups.cluster_centers_):
        size = int(np.count_nonzero(groups.labels_ == label))
        print(f"group {label}: {size:4} points around ({center[0]:6.2f}, {center[1]:6.2f})")
    print(f"silhouette: {silhouette_score(points, groups.labels_):.3f}")

    figure, axes = plt.subplots()
    axes.scatter(*points.T, c=groups.labels_, s=12)
    axes.scatter(*groups.cluster_centers_.T, c="black", marker="x")
    axes.set_title(f"{arguments.samples} points in {arguments.clusters} groups")
    figure.savefig(arguments.output)
    print(f"drawn: {arguments.output.resolve()}")


if __name__ == "__main__":
    main()
