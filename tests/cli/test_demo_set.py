"""The full demo set: the kin of a planted mistake are planted mistakes, the noisy slice comes out on top, and the score
still meets its agreement."""

import statistics

from harness import DemoCase, main, read_truth, skateboarders_called_pedestrians


class FullDemo(DemoCase):
    pictures = 2000

    def test_kin_of_a_planted_mistake(self):
        planted = skateboarders_called_pedestrians(self.data)
        self.assertGreaterEqual(len(planted), 100)
        hits = []
        for mistake in planted[::9]:
            found = self.kin("find", mistake, "--same-label", "-n", 50, "--json", cwd=self.data).json()["matches"]
            self.assertEqual(len(found), 50)
            hits.append(sum(match["item"] in planted for match in found))
        print(f"\nplanted among the 50 nearest of {len(hits)} planted mistakes: mean {statistics.mean(hits):.1f}, "
              f"least {min(hits)}, each {hits}")
        self.assertGreaterEqual(statistics.mean(hits), 30)

    def test_the_noisy_slice_and_the_agreement(self):
        self.kin("audit", 300, "--seed", 1, cwd=self.data)
        self.review(1, self.data)
        self.kin("audit", 300, "--stratify", "label", "--seed", 2, cwd=self.data)
        self.review(2, self.data)
        report = self.kin("slices", "--by", "label,annotator", "--sla", 95, "--json", cwd=self.data).json()
        top = report["slices"][0]
        print(f"\ntop: {top['key']}={top['value']} {top['rate']['value']:.3f}; score {report['score']['value']:.4f}, "
              f"{report['agreement']['verdict']}; error rate {report['rate']['value']:.4f}")
        self.assertIn((top["key"], top["value"]), (("label", "motorcycle"), ("annotator", "boris")))
        self.assertLess(top["q"], 0.05)
        self.assertGreaterEqual(report["score"]["value"], 0.95)
        self.assertNotEqual(report["agreement"]["verdict"], "fail")
        errors = sum(row["verdict"] != "ok" for row in read_truth(self.data) if "#" in row["item"])
        shapes = sum("#" in row["item"] for row in read_truth(self.data))
        self.assertLessEqual(report["rate"]["lo"], errors / shapes)
        self.assertGreaterEqual(report["rate"]["hi"], errors / shapes)

        before = report["rate"]
        mistake = skateboarders_called_pedestrians(self.data)[0]
        self.kin("verdict", mistake, "critical", "--should-be", "skateboarder", cwd=self.data)
        self.kin("job", "kin", mistake, "--same-label", "-n", 100, cwd=self.data)
        self.review(3, self.data)
        after = self.kin("slices", "--by", "label,annotator", "--json", cwd=self.data).json()
        self.assertEqual(after["rate"], before)
        self.assertGreater(after["known"], report["known"] + 30)


if __name__ == "__main__":
    main()
