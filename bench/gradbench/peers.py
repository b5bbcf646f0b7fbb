"""The same problems in JAX, as its users write them: whole arrays, vmap, scan. Each function takes the module `jax` and
gives what inputs.py's arguments are given to."""

from .hand import BONES_OF_FINGER, FINGERS
from .programs import saddle_height


def jitted(make):
    """A peer that is compiled whole; Python numbers stay what they are where `static` says so."""

    def prepare(jax, args, static=()):
        jax.config.update("jax_enable_x64", True)
        compiled = jax.jit(make(jax), static_argnums=static)
        return lambda: jax.block_until_ready(compiled(*args))

    return prepare


@jitted
def lse(jax):
    def objective(x):
        largest = x.max()
        return largest + jax.numpy.log(jax.numpy.exp(x - largest).sum())

    return jax.grad(objective)


@jitted
def gmm(jax):
    np, logsumexp = jax.numpy, jax.nn.logsumexp

    def objective(alpha, mu, q, l, x, gamma, m):
        d = x.shape[1]
        columns, rows = np.triu_indices(d, 1)  # under the diagonal, column by column
        lower = np.zeros((alpha.shape[0], d, d)).at[:, rows, columns].set(l)
        factor = lower + np.exp(q)[:, :, None] * np.eye(d)
        centred = x[:, None, :] - mu[None, :, :]
        distance = (np.einsum("kij,nkj->nki", factor, centred) ** 2).sum(-1)
        beta = alpha + q.sum(-1) - 0.5 * distance
        prior = -0.5 * gamma**2 * (factor**2).sum() + m * q.sum()
        return logsumexp(beta, axis=1).sum() - x.shape[0] * logsumexp(alpha) + prior

    return jax.grad(objective, argnums=(0, 1, 2, 3))


@jitted
def kmeans(jax):
    np = jax.numpy

    def cost(centroids, points):
        return ((points[:, None, :] - centroids[None, :, :]) ** 2).sum(-1).min(axis=1).sum()

    def step(centroids, points):
        slope, curvature = jax.jvp(lambda c: jax.grad(cost)(c, points), (centroids,), (np.ones_like(centroids),))
        return slope / curvature

    return step


@jitted
def lstm(jax):
    np, sigmoid = jax.numpy, jax.nn.sigmoid

    def objective(main, extra, state, sequence):
        layers = state.shape[0]
        weights = main.reshape(layers, 2, 4, -1)

        def step(state, rows):
            given, wanted = rows
            output, new = given * extra[0], []
            for layer in range(layers):
                hidden, cell = state[layer]
                w, b = weights[layer]
                forget, outgate = sigmoid(output * w[0] + b[0]), sigmoid(output * w[2] + b[2])
                ingate, change = sigmoid(hidden * w[1] + b[1]), np.tanh(hidden * w[3] + b[3])
                cell = cell * forget + ingate * change
                output = outgate * np.tanh(cell)
                new.append(np.stack([output, cell]))
            output = output * extra[1] + extra[2]
            return np.stack(new), (wanted * (output - np.log(2.0 + np.exp(output).sum()))).sum()

        _, losses = jax.lax.scan(step, state, (sequence[:-1], sequence[1:]))
        return -losses.sum() / (state.shape[2] * (sequence.shape[0] - 1))

    return jax.grad(objective, argnums=(0, 1))


@jitted
def ode(jax):
    np = jax.numpy

    def last(x, steps):
        h = 2.0 / steps

        def slope(y):
            return np.concatenate([x[:1], x[1:] * y[:-1]])

        def step(y, _):
            k1 = slope(y)
            k2 = slope(y + h * k1 / 2.0)
            k3 = slope(y + h * k2 / 2.0)
            k4 = slope(y + h * k3)
            return y + h * (k1 + 2.0 * k2 + 2.0 * k3 + k4) / 6.0, None

        return jax.lax.scan(step, np.zeros_like(x), None, length=steps)[0][-1]

    return jax.grad(last)


@jitted
def det(jax):
    np = jax.numpy

    def determinant(a, size):
        if size == 1:
            return a[0, 0]
        # of all minors of the first row at once
        rest = np.stack([np.delete(a[1:], j, axis=1) for j in range(size)])
        signs = np.asarray([(-1.0) ** j for j in range(size)])
        return (signs * a[0] * jax.vmap(lambda m: determinant(m, size - 1))(rest)).sum()

    return jax.grad(determinant)


@jitted
def llsq(jax):
    np = jax.numpy

    def objective(x, n):
        t = -1.0 + np.arange(n) * 2.0 / (n - 1)
        powers = t[:, None] ** np.arange(x.shape[0])
        return ((np.sign(t) - powers @ x) ** 2).sum() / 2.0

    return jax.grad(objective)


@jitted
def ba(jax):
    np = jax.numpy

    def distance(camera, point, weight, feature):
        x, r = point - camera[3:6], camera[:3]
        angle = np.sqrt(r @ r)
        w = r / angle
        c, s = np.cos(angle), np.sin(angle)
        turned = x * c + np.cross(w, x) * s + w * (w @ x) * (1.0 - c)
        seen = turned[:2] / turned[2]
        square = seen @ seen
        seen = seen * (1.0 + camera[9] * square + camera[10] * square**2)
        return weight * (seen * camera[6] + camera[7:9] - feature)

    def jacobian(cameras, points, weights, seen, features):
        rows = jax.vmap(jax.jacrev(distance, argnums=(0, 1, 2)))
        a, b, c = rows(cameras[seen[:, 0]], points[seen[:, 1]], weights, features)
        return np.concatenate([a, b, c[:, :, None]], axis=2)

    return jacobian


@jitted
def ht(jax):
    np = jax.numpy

    def euler(x, z, y):
        one, zero = np.ones_like(x), np.zeros_like(x)
        about_x = np.stack([one, zero, zero, zero, np.cos(x), -np.sin(x), zero, np.sin(x), np.cos(x)], -1)
        about_y = np.stack([np.cos(y), zero, -np.sin(y), zero, one, zero, np.sin(y), zero, np.cos(y)], -1)
        about_z = np.stack([np.cos(z), -np.sin(z), zero, np.sin(z), np.cos(z), zero, zero, zero, one], -1)
        about_x, about_y, about_z = (a.reshape(-1, 3, 3) for a in (about_x, about_y, about_z))
        return about_z @ about_y @ about_x

    def whole(maps):
        return np.concatenate([maps, np.tile(np.asarray([[[0.0, 0.0, 0.0, 1.0]]]), (maps.shape[0], 1, 1))], axis=1)

    def angle_axis(r):
        angle = np.sqrt(r @ r)
        x, y, z = r / angle
        cross = np.stack([0.0 * x, -z, y, z, 0.0 * x, -x, -y, x, 0.0 * x]).reshape(3, 3)
        along = np.outer(r / angle, r / angle)
        return along + (np.eye(3) - along) * np.cos(angle) + cross * np.sin(angle)

    def distances(theta, relatives, inverses, parents, vertices, weights, seen, points):
        first, count = np.arange(FINGERS) * BONES_OF_FINGER + 1, relatives.shape[0]
        fingers = theta[6:].reshape(FINGERS, 4)
        x = np.zeros(count).at[first].set(fingers[:, 0])
        x = x.at[first + 1].set(fingers[:, 2]).at[first + 2].set(fingers[:, 3])
        z = np.zeros(count).at[first].set(fingers[:, 1])
        turns = whole(np.concatenate([euler(x, z, np.zeros(count)), np.zeros((count, 3, 1))], axis=2))
        local = whole(relatives) @ turns
        absolute = [local[0]]
        for b in range(1, count):
            # the tree of bones is the same for every hand
            above = 0 if (b - 1) % BONES_OF_FINGER == 0 else b - 1
            absolute.append(absolute[above] @ local[b])
        transform = np.stack(absolute) @ whole(inverses)
        moved = np.einsum("bik,vk->bvi", transform[:, :3, :3], vertices) + transform[:, None, :3, 3]
        posed = np.einsum("bv,bvi->vi", weights, moved)
        return points - (posed[seen] @ angle_axis(theta[:3]).T + theta[3:6])

    return jax.jacfwd(distances)


def searches(jax, start, function, tolerance, rate, growth):
    """Descent as a loop that ends when it ends: forward mode goes through it, reverse mode would not."""
    np = jax.numpy

    def evaluated(x):
        value, slope = function(x), jax.jacfwd(function)(x)
        return x, value, slope

    def step(state):
        turn, rate, best = state
        x, value, slope = best
        new = evaluated(x - rate * slope)
        better = new[1] < value
        best = jax.tree.map(lambda a, b: np.where(better, a, b), new, best)
        return turn + 1, np.where(better, rate * growth, rate * 0.5), best

    def goes_on(state):
        return (state[0] < 200) & (np.sqrt((state[2][2] ** 2).sum()) >= tolerance)

    return jax.lax.while_loop(goes_on, step, (0, np.asarray(rate), evaluated(start)))[2][0]


@jitted
def particle(jax):
    np = jax.numpy

    def potential(x, y, w):
        return 1.0 / np.sqrt((x - 10.0) ** 2 + y**2) + 1.0 / np.sqrt((x - 10.0) ** 2 + (y - (10.0 - w)) ** 2)

    def flight(w):
        force, dt = jax.grad(potential, argnums=(0, 1)), 1e-1

        def step(state):
            x, y, vx, vy, _, _ = state
            fx, fy = force(x, y, w)
            return x + dt * vx, y + dt * vy, vx - dt * fx, vy - dt * fy, x, y

        first = tuple(map(np.asarray, (0.0, 8.0, 0.75, 0.0, 0.0, 8.0)))
        x, y, _, _, before_x, before_y = jax.lax.while_loop(lambda state: state[1] > 0.0, step, first)
        return (before_x + (x - before_x) * before_y / (before_y - y)) ** 2

    return lambda w: searches(jax, np.asarray(w), flight, 1e-6, 1e-2, 2.0)


@jitted
def saddle(jax):
    np = jax.numpy

    def found(s, t):
        start = np.stack([s, t])

        def inner(x):
            return searches(jax, start, lambda u: -saddle_height(x, u), 1e-8, 0.1, 1.3)

        x = searches(jax, start, lambda x: saddle_height(x, inner(x)), 1e-8, 0.1, 1.3)
        return *x, *inner(x)

    return found


STATIC = {"ode": (1,), "det": (1,), "llsq": (1,)}
NOTES = {"particle": "forward mode for the outer derivative: reverse mode is refused through while_loop"}
NOTES["saddle"] = NOTES["particle"]
