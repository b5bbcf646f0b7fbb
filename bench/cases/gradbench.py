"""The problems of GradBench beside JAX; what is compiled and what it is given stands in bench/gradbench."""

from bench.case import Case
from bench.gradbench import inputs, peers

ABOUT = {
    "gmm": "Gradient of the log posterior of a Gaussian mixture: 1000 points of 10 dimensions, 5 components.",
    "lse": "Gradient of the logarithm of a sum of 100000 exponentials.",
    "kmeans": "Gradient over second derivative of k-means: 2000 points of 4 dimensions, 20 centroids.",
    "lstm": "Gradient of the loss of a diagonal LSTM: 2 layers, 64 wide, 64 steps.",
    "ode": "Gradient of the last of 100 coupled unknowns, 100 Runge-Kutta steps.",
    "det": "Gradient of a 7x7 determinant by recursive expansion by minors.",
    "llsq": "Gradient of a least-squares fit of a polynomial of 16 coefficients to 4000 places.",
    "ba": "Jacobian of bundle adjustment: 1000 observations, two rows of 15 derivatives each.",
    "ht": "Jacobian of hand tracking: 21 bones, 200 vertices, 60 measured points, 26 parameters.",
    "particle": "A search for the control of a charged particle's flight; its force is a derivative inside of it.",
    "saddle": "A search for a saddle: a search that is differentiated inside of a search.",
}

def arguments(name):
    return getattr(inputs, name)()


def by_dsl(name):
    def prepare():
        from bench.gradbench.derivatives import ASKED

        args = arguments(name)
        return lambda: ASKED[name](*args)

    return prepare


def by_jax(name):
    def prepare():
        import jax

        return getattr(peers, name)(jax, arguments(name), peers.STATIC.get(name, ()))

    return prepare


CASES = [
    Case(
        f"gradbench_{name}",
        about,
        {"dsl": by_dsl(name), "jax": by_jax(name)},
        notes={"jax": peers.NOTES[name]} if name in peers.NOTES else {},
    )
    for name, about in ABOUT.items()
]
