"""Learns to tell irises apart and reports how well that went."""

import argparse

from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test-share", type=float, default=0.3, help="share of the flowers to test with")
    arguments = parser.parse_args()

    irises = load_iris()
    train_x, test_x, train_y, test_y = train_test_split(
        irises.data, irises.target, test_size=arguments.test_share, random_state=7, stratify=irises.target
    )
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(train_x, train_y)
    print(classification_report(test_y, model.predict(test_x), target_names=irises.target_names))


if __name__ == "__main__":
    main()
