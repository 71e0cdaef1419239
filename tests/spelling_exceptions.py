"""Where a spelling does not do what torch's does: (why, the way of test_ops_spellings.py, records)."""

TABLE = [
    ('another error, or none, comes first', 'in place, leaf', """
        logical_and; logical_not; logical_or; logical_xor; masked_scatter (input expanded)"""),
    ('columns of either sign', 'keywords', """
        linalg.svd; svd"""),
    ('columns of either sign', 'method', """
        svd"""),
    ('columns of either sign', 'out', """
        linalg.svd; svd"""),
    ('columns of either sign', 'out, empty', """
        linalg.svd; svd"""),
    ('columns of either sign', 'out, other shape', """
        linalg.svd; svd"""),
    ('torch writes a triangle over shared memory, we refuse', 'out, expanded', """
        tril; triu"""),
    ('torch warns of the shape with the dimension kept', 'out, other shape', """
        kthvalue; kthvalue (ties)"""),
    ("other parameter names than torch's so far", 'keywords', """
        F.one_hot; cholesky_solve; linalg.cholesky; linalg.cholesky_ex; linalg.eigh; linalg.eigvalsh;
        linalg.matrix_norm; linalg.matrix_norm (dtype, empty); linalg.norm; linalg.norm (of a matrix or vector);
        linalg.pinv; linalg.solve_triangular"""),
    ('ours is called self there', 'keywords', """
        F.celu_; F.hardtanh_; F.rrelu_; F.selu_; F.threshold_"""),
    ('rounding of a difference that is nothing', 'keywords', """
        cross"""),
    ('rounding of a difference that is nothing', 'method', """
        cross"""),
    ('rounding of a difference that is nothing', 'out', """
        cross"""),
    ('rounding of a difference that is nothing', 'out, empty', """
        cross"""),
    ('rounding of a difference that is nothing', 'out, other shape', """
        cross"""),
    ('the gradient of a clamped norm is rounding there', 'in place, view', """
        renorm"""),
    ('torch has no gradient of its in-place version', 'in place, view', """
        acosh; arccosh; arcsinh; arctanh; asinh; atanh"""),
    ('torch has one name per overload', 'keywords', """
        dsplit; hsplit; linalg.matrix_power; pow (whole numbers); repeat_interleave (indices); scatter (number);
        searchsorted (options); tensor_split; tensor_split (by a tensor); vsplit"""),
    ('torch warns once in a process, we each time', 'keywords', """
        cholesky; index_put (mask); qr"""),
    ('torch warns once in a process, we each time', 'method', """
        cholesky; index_put (mask); qr"""),
    ('words of an error name the function otherwise', 'in place', """
        ldexp (promoted)"""),
    ('words of an error name the function otherwise', 'in place, view', """
        floor_divide; heaviside; ldexp (promoted); scatter (reduce)"""),
    ('words of an error name the function otherwise', 'method', """
        repeat_interleave (indices)"""),
    ('words or dtype rule of out= differ', 'out', """
        cholesky"""),
    ('words or dtype rule of out= differ', 'out, alias', """
        cumprod (dtype); ldexp (promoted)"""),
    ('words or dtype rule of out= differ', 'out, bool', """
        addbmm; bitwise_not; ceil; clamp; cumprod; cumprod (dtype); cumsum; fix; floor; frac; ldexp; ldexp (promoted);
        lerp (tensors); nan_to_num; neg; negative; pow (whole numbers); renorm; round; sgn; sign; trunc"""),
    ('words or dtype rule of out= differ', 'out, empty', """
        cholesky"""),
    ('words or dtype rule of out= differ', 'out, expanded', """
        pow (whole numbers)"""),
    ('words or dtype rule of out= differ', 'out, float', """
        addbmm; bitwise_not; ceil; clamp; cumprod (dtype); fix; floor; frac; lerp (tensors); nan_to_num; neg;
        negative; renorm; round; sgn; sign; trunc"""),
    ('words or dtype rule of out= differ', 'out, input requires grad', """
        fix; float_power; float_power (number); floor_divide; heaviside; multiply; negative"""),
    ('words or dtype rule of out= differ', 'out, int', """
        addbmm; bitwise_not; ceil; clamp; cumprod (dtype); fix; floor; frac; ldexp; ldexp (promoted); lerp (tensors);
        nan_to_num; neg; negative; renorm; round; sgn; sign; trunc"""),
    ('words or dtype rule of out= differ', 'out, other shape', """
        addbmm; arange; cholesky; linalg.eigh; linspace; logspace; mode"""),
    ('words or dtype rule of out= differ', 'out, requires grad', """
        fix; float_power; float_power (number); floor_divide; heaviside; multiply; negative"""),
]  # fmt: skip
EXCEPT = {(" ".join(name.split()), way): why for why, way, names in TABLE for name in names.split(";")}
