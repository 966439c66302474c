"""The sources of the methods that stand behind the verdicts on a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Reference:
    """A publication. `authors`: as "Last, First" or with initials, in order.

    `place`: the journal with volume and pages, or the publisher of a book.
    """

    key: str
    authors: tuple[str, ...]
    year: int
    title: str
    journal: str
    volume: str = ""
    pages: str = ""
    kind: Literal["article", "book"] = "article"
    doi: str = ""

    @property
    def short(self) -> str:
        """As a text cites it: Tango 1998."""
        names = [author.partition(",")[0] for author in self.authors]
        listed = " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
        return f"{listed} {self.year}"

    @property
    def entry(self) -> str:
        """As a list of references has it, in one line."""
        listed = "; ".join(self.authors)
        numbers = "".join(
            [f" {self.volume}" * bool(self.volume), f":{self.pages}" * bool(self.pages)]
        )
        doi = f" doi:{self.doi}" * bool(self.doi)
        return f"{listed} ({self.year}). {self.title}. {self.journal}{numbers}.{doi}"

    @property
    def bibtex(self) -> str:
        """As BibTeX, a line for each field."""
        where = "journal" if self.kind == "article" else "publisher"
        fields = {
            "author": " and ".join(self.authors),
            "title": f"{{{self.title}}}",
            where: self.journal,
            "year": str(self.year),
            "volume": self.volume.partition("(")[0],
            "number": self.volume.partition("(")[2].rstrip(")"),
            "pages": self.pages.replace("-", "--"),
            "doi": self.doi,
        }
        lines = [f"  {name} = {{{text}}}," for name, text in fields.items() if text]
        text = "\n".join([f"@{self.kind}{{{self.key},", *lines, "}"])
        return text.replace("&", "\\&").replace("ü", '{\\"u}').replace("š", r"{\v{s}}")


SIMULTANEOUS = Reference(
    "hothorn2008",
    ("Hothorn, T.", "Bretz, F.", "Westfall, P."),
    2008,
    "Simultaneous inference in general parametric models",
    "Biometrical Journal",
    "50(3)",
    "346-363",
    doi="10.1002/bimj.200810425",
)
SIGN_FLIPS = Reference(
    "westfall1993",
    ("Westfall, P. H.", "Young, S. S."),
    1993,
    "Resampling-based multiple testing: examples and methods for p-value adjustment",
    "Wiley",
    kind="book",
)
SIDAK = Reference(
    "sidak1967",
    ("Sidak, Z.",),
    1967,
    "Rectangular confidence regions for the means of multivariate normal distributions",
    "Journal of the American Statistical Association",
    "62(318)",
    "626-633",
    doi="10.1080/01621459.1967.10482935",
)
SATTERTHWAITE = Reference(
    "satterthwaite1946",
    ("Satterthwaite, F. E.",),
    1946,
    "An approximate distribution of estimates of variance components",
    "Biometrics Bulletin",
    "2(6)",
    "110-114",
    doi="10.2307/3002019",
)
BLOCK_MEANS = Reference(
    "ibragimov2010",
    ("Ibragimov, R.", "Müller, U. K."),
    2010,
    "t-statistic based correlation and heterogeneity robust inference",
    "Journal of Business & Economic Statistics",
    "28(4)",
    "453-468",
    doi="10.1198/jbes.2009.08046",
)
CLUSTERS = Reference(
    "pustejovsky2018",
    ("Pustejovsky, J. E.", "Tipton, E."),
    2018,
    "Small-sample methods for cluster-robust variance estimation and hypothesis testing in fixed"
    " effects models",
    "Journal of Business & Economic Statistics",
    "36(4)",
    "672-683",
    doi="10.1080/07350015.2016.1247004",
)
FOLDS = Reference(
    "nadeau2003",
    ("Nadeau, C.", "Bengio, Y."),
    2003,
    "Inference for the generalization error",
    "Machine Learning",
    "52(3)",
    "239-281",
    doi="10.1023/A:1024068626366",
)
PAIRED_SHARES = Reference(
    "tango1998",
    ("Tango, T.",),
    1998,
    "Equivalence test and confidence interval for the difference in proportions for the"
    " paired-sample design",
    "Statistics in Medicine",
    "17(8)",
    "891-908",
    doi="10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B",
)
MCNEMAR = Reference(
    "mcnemar1947",
    ("McNemar, Q.",),
    1947,
    "Note on the sampling error of the difference between correlated proportions or percentages",
    "Psychometrika",
    "12(2)",
    "153-157",
    doi="10.1007/BF02295996",
)
UNPAIRED_SHARES = Reference(
    "newcombe1998",
    ("Newcombe, R. G.",),
    1998,
    "Interval estimation for the difference between independent proportions: comparison of eleven"
    " methods",
    "Statistics in Medicine",
    "17(8)",
    "873-890",
    doi="10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I",
)
WELCH = Reference(
    "welch1947",
    ("Welch, B. L.",),
    1947,
    "The generalization of 'Student's' problem when several different population variances are"
    " involved",
    "Biometrika",
    "34(1-2)",
    "28-35",
    doi="10.1093/biomet/34.1-2.28",
)
EQUIVALENCE = Reference(
    "schuirmann1987",
    ("Schuirmann, D. J.",),
    1987,
    "A comparison of the two one-sided tests procedure and the power approach for assessing the"
    " equivalence of average bioavailability",
    "Journal of Pharmacokinetics and Biopharmaceutics",
    "15(6)",
    "657-680",
    doi="10.1007/BF01068419",
)
RANKS = Reference(
    "mogstad2024",
    ("Mogstad, M.", "Romano, J. P.", "Shaikh, A. M.", "Wilhelm, D."),
    2024,
    "Inference for ranks with applications to mobility across neighbourhoods and academic"
    " achievement across countries",
    "The Review of Economic Studies",
    "91(1)",
    "476-518",
    doi="10.1093/restud/rdad006",
)
RANK_TESTS = Reference(
    "demsar2006",
    ("Demšar, J.",),
    2006,
    "Statistical comparisons of classifiers over multiple data sets",
    "Journal of Machine Learning Research",
    "7",
    "1-30",
)
HOLM = Reference(
    "holm1979",
    ("Holm, S.",),
    1979,
    "A simple sequentially rejective multiple test procedure",
    "Scandinavian Journal of Statistics",
    "6(2)",
    "65-70",
)
AGGREGATES = Reference(
    "agarwal2021",
    ("Agarwal, R.", "Schwarzer, M.", "Castro, P. S.", "Courville, A.", "Bellemare, M. G."),
    2021,
    "Deep reinforcement learning at the edge of the statistical precipice",
    "Advances in Neural Information Processing Systems",
    "34",
    "29304-29320",
)
BELIEFS = Reference(
    "benavoli2017",
    ("Benavoli, A.", "Corani, G.", "Demšar, J.", "Zaffalon, M."),
    2017,
    "Time for a change: a tutorial for comparing multiple classifiers through Bayesian analysis",
    "Journal of Machine Learning Research",
    "18(77)",
    "1-36",
)
FLAT_SPREAD = Reference(
    "gelman2006",
    ("Gelman, A.",),
    2006,
    "Prior distributions for variance parameters in hierarchical models",
    "Bayesian Analysis",
    "1(3)",
    "515-534",
    doi="10.1214/06-BA117A",
)
