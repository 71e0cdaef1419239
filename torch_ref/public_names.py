"""What the coverage report knows by heart: the names of Level 1, and why other names are left out.

Level 1 is what the library promises.  A name that stands in neither table and is not there is reported as missing.
"""

import re
from typing import NamedTuple


class Level1(NamedTuple):
    """Names that are promised in each of `namespaces` where torch has them; `twins`: Tensor.NAME_, too."""

    section: str
    namespaces: tuple[str, ...]
    names: str
    twins: bool = False


BOTH = ("torch", "torch.Tensor")

LEVEL_1 = (
    Level1("Tensors", ("torch",), """
        tensor as_tensor from_numpy Tensor FloatTensor LongTensor empty zeros ones full eye arange linspace
        empty_like zeros_like ones_like full_like float16 float32 float64 int8 uint8 int16 int32 int64 bool half float
        double short int long get_default_dtype set_default_dtype result_type promote_types finfo iinfo device cuda
        backends Size dtype is_tensor"""),
    Level1("Tensors", ("torch.Tensor",), """
        new_zeros new_ones new_full new_empty new_tensor data grad grad_fn requires_grad requires_grad_ is_leaf
        retain_grad retains_grad backward detach detach_ register_hook dtype shape size dim ndim numel nelement
        element_size device layout is_contiguous contiguous stride storage_offset storage untyped_storage data_ptr item
        tolist numpy cpu to type type_as float double half long int short bool byte clone copy_ fill_ zero_
        is_floating_point T mT apply_"""),
    Level1("Arithmetic and pointwise", BOTH, """
        add sub rsub mul div true_divide floor_divide remainder fmod pow neg abs sign reciprocal sqrt rsqrt square exp
        expm1 log log1p log2 log10 sin cos tan asin acos atan atan2 sinh cosh tanh sigmoid erf erfc erfinv lgamma digamma
        floor ceil round trunc frac clamp clamp_min clamp_max maximum minimum fmax fmin where masked_fill lerp addcmul
        addcdiv logaddexp hypot xlogy nan_to_num logical_and logical_or logical_xor logical_not bitwise_and bitwise_or
        bitwise_xor bitwise_not bitwise_left_shift bitwise_right_shift eq ne lt le gt ge isclose allclose equal isnan
        isinf isfinite isin""", twins=True),
    Level1("Reductions", BOTH, """
        sum mean prod max min amax amin aminmax argmax argmin all any var std var_mean std_mean median mode quantile nansum
        nanmean logsumexp norm count_nonzero cumsum cumprod cummax cummin logcumsumexp diff trace unique bincount histc"""),
    Level1("Reductions", ("torch.linalg",), "norm vector_norm matrix_norm"),
    Level1("Shape and views", BOTH, """
        reshape view view_as reshape_as flatten unflatten ravel transpose t permute movedim squeeze unsqueeze expand
        expand_as broadcast_to broadcast_tensors narrow select unbind chunk split tensor_split diagonal unfold swapaxes
        as_strided cat stack hstack vstack dstack repeat tile repeat_interleave flip roll rot90 tril triu tril_indices
        triu_indices diag diag_embed meshgrid block_diag cartesian_prod"""),
    Level1("Indexing", BOTH, """
        gather scatter scatter_ scatter_add scatter_reduce index_select index_add index_copy index_fill index_put take
        take_along_dim masked_select masked_scatter nonzero argwhere sort argsort topk kthvalue searchsorted bucketize"""),
    Level1("Matrix products", BOTH, """
        matmul mm bmm mv dot vdot inner outer addmm addmv addbmm baddbmm einsum tensordot kron"""),
    Level1("Matrix products", ("torch.linalg",), "det slogdet inv solve cholesky qr matrix_power cross"),
    Level1("Random", ("torch",), """
        manual_seed seed initial_seed get_rng_state set_rng_state Generator rand randn randint randperm rand_like randn_like
        randint_like normal bernoulli multinomial"""),
    Level1("Random", ("torch.Tensor",), "uniform_ normal_ random_ bernoulli_ exponential_ log_normal_"),
    Level1("Autograd", ("torch",), "no_grad enable_grad set_grad_enabled is_grad_enabled inference_mode"),
    Level1("Autograd", ("torch.autograd",), """
        grad backward Function Variable gradcheck gradgradcheck set_detect_anomaly detect_anomaly"""),
    Level1("Autograd", ("torch.autograd.functional",), "jacobian hessian vjp hvp"),
    Level1("Autograd", ("torch.autograd.graph",), "saved_tensors_hooks"),
    Level1("nn", ("torch.nn.Module",), """
        parameters buffers children modules named_parameters named_buffers named_children named_modules add_module
        register_module register_parameter register_buffer register_forward_hook register_forward_pre_hook
        register_full_backward_hook state_dict load_state_dict apply train eval requires_grad_ zero_grad to float double
        half cpu get_submodule get_parameter get_buffer extra_repr"""),
    Level1("nn", ("torch.nn",), """
        Module Parameter Buffer Sequential ModuleList ModuleDict ParameterList ParameterDict Identity Flatten Unflatten
        Linear Bilinear Conv1d Conv2d ConvTranspose1d ConvTranspose2d Unfold Fold MaxPool1d MaxPool2d MaxUnpool2d AvgPool1d
        AvgPool2d AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveMaxPool1d AdaptiveMaxPool2d LPPool2d BatchNorm1d BatchNorm2d
        LayerNorm GroupNorm InstanceNorm1d InstanceNorm2d RMSNorm LocalResponseNorm ReLU ReLU6 LeakyReLU PReLU ELU CELU
        SELU GELU SiLU Mish Hardtanh Hardswish Hardsigmoid Sigmoid LogSigmoid Tanh Tanhshrink Softplus Softsign Softshrink
        Hardshrink Threshold GLU Softmax Softmax2d Softmin LogSoftmax Dropout Dropout1d Dropout2d AlphaDropout Embedding
        EmbeddingBag Upsample UpsamplingNearest2d UpsamplingBilinear2d PixelShuffle PixelUnshuffle ZeroPad2d ConstantPad1d
        ConstantPad2d ReflectionPad1d ReflectionPad2d ReplicationPad1d ReplicationPad2d CircularPad1d CircularPad2d RNN LSTM
        GRU RNNCell LSTMCell GRUCell MultiheadAttention TransformerEncoderLayer TransformerEncoder TransformerDecoderLayer
        TransformerDecoder Transformer L1Loss MSELoss CrossEntropyLoss NLLLoss BCELoss BCEWithLogitsLoss SmoothL1Loss
        HuberLoss KLDivLoss PoissonNLLLoss GaussianNLLLoss HingeEmbeddingLoss MarginRankingLoss CosineEmbeddingLoss
        TripletMarginLoss MultiMarginLoss MultiLabelMarginLoss SoftMarginLoss CosineSimilarity PairwiseDistance"""),
    Level1("nn", ("torch.nn.functional",), """
        linear bilinear conv1d conv2d conv_transpose1d conv_transpose2d unfold fold max_pool1d max_pool2d max_unpool2d
        avg_pool1d avg_pool2d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_max_pool1d adaptive_max_pool2d lp_pool2d
        batch_norm layer_norm group_norm instance_norm rms_norm local_response_norm relu relu6 leaky_relu prelu elu celu selu
        gelu silu mish hardtanh hardswish hardsigmoid sigmoid logsigmoid tanh tanhshrink softplus softsign softshrink
        hardshrink threshold glu softmax softmin log_softmax dropout dropout1d dropout2d alpha_dropout embedding
        embedding_bag interpolate pixel_shuffle pixel_unshuffle pad one_hot normalize scaled_dot_product_attention l1_loss
        mse_loss cross_entropy nll_loss binary_cross_entropy binary_cross_entropy_with_logits smooth_l1_loss huber_loss
        kl_div poisson_nll_loss gaussian_nll_loss hinge_embedding_loss margin_ranking_loss cosine_embedding_loss
        triplet_margin_loss multi_margin_loss multilabel_margin_loss soft_margin_loss cosine_similarity
        pairwise_distance"""),
    Level1("nn", ("torch.nn.init",), """
        calculate_gain uniform_ normal_ trunc_normal_ constant_ ones_ zeros_ eye_ dirac_ xavier_uniform_ xavier_normal_
        kaiming_uniform_ kaiming_normal_ orthogonal_ sparse_"""),
    Level1("nn", ("torch.nn.utils",), """
        clip_grad_norm_ clip_grad_value_ parameters_to_vector vector_to_parameters weight_norm spectral_norm"""),
    Level1("nn", ("torch.nn.utils.rnn",), """
        PackedSequence pack_padded_sequence pad_packed_sequence pad_sequence pack_sequence"""),
    Level1("optim", ("torch.optim",), "Optimizer SGD Adam AdamW NAdam RAdam Adamax RMSprop Adagrad Adadelta"),
    Level1("optim", ("torch.optim.lr_scheduler",), """
        LambdaLR StepLR MultiStepLR ConstantLR LinearLR ExponentialLR PolynomialLR CosineAnnealingLR
        CosineAnnealingWarmRestarts CyclicLR OneCycleLR ReduceLROnPlateau SequentialLR ChainedScheduler"""),
    Level1("utils.data", ("torch.utils.data",), """
        Dataset IterableDataset TensorDataset Subset ConcatDataset random_split DataLoader RandomSampler SequentialSampler
        SubsetRandomSampler WeightedRandomSampler BatchSampler default_collate"""),
    Level1("Files", ("torch",), "save load set_printoptions"),
)  # fmt: skip

# Of these sections every name must be there, but for KNOWN_GAPS.
FINISHED = (
    "Tensors", "Arithmetic and pointwise", "Reductions", "Shape and views", "Indexing", "Matrix products", "Random",
    "Autograd",
)  # fmt: skip
KNOWN_GAPS: frozenset[str] = frozenset()


class LeftOut(NamedTuple):
    """Names left out on purpose: those that match `names` as a whole, in a namespace that matches `namespaces`."""

    reason: str
    names: str
    namespaces: str = ".*"

    def matches(self, namespace: str, name: str) -> bool:
        return bool(re.fullmatch(self.namespaces, namespace) and re.fullmatch(self.names, name))


# The first that matches gives the reason.
LEFT_OUT = (
    LeftOut(
        "complex numbers",
        r".*complex.*|.*conj.*|real|imag|isreal|chalf|cfloat|cdouble|angle|polar|mH|H|adjoint|view_as_real.*|Complex.*",
    ),
    LeftOut(
        "quantisation",
        r".*quant.*|q_.*|qu?int\w+|qscheme|int_repr|fbgemm.*|per_(tensor|channel).*|Q\w+Storage|qat|intrinsic|ao|choose_.*",
    ),
    LeftOut(
        "sparse and nested tensors",
        r".*[sS]parse.*|.*nested.*|\w*coalesced?|smm|\w*spmm|\w*s\w?addmm|[dh]smm|c?(col|row|crow)_indices(_copy)?|jagged"
        r"|to_dense|dense_dim|indices(_copy)?|values(_copy)?|to_padded_tensor",
    ),
    LeftOut(
        "other devices",
        r"cuda|xpu|mps|mtia|ipu|accelerator|cudnn.*|miopen.*|.*mkldnn.*|is_(xla|xpu|mps|ipu|maia|vulkan|mtia).*|Stream.*"
        r"|Event|record_stream|OutOfMemoryError|AcceleratorError|get_device_module|\w*pinned|.*vulkan.*|DeviceObjType"
        r"|region_activation.*|set_warn_on_accumulate.*|set_override_stale.*|profiler_allow.*",
    ),
    LeftOut(
        "other element types",
        r".*bfloat16|BFloat16\w+|float[48]_\w+|u?int[1-7]|uint(16|32|64)|bits?\w*|scaled_\w*mm|grouped_mm|ScalingType|SwizzleType",
    ),
    LeftOut("automatic mixed precision", r".*autocast.*|amp|GradScaler"),
    LeftOut(
        "distributed training", r"distributed|is_distributed|Distributed\w+|DataParallel|SyncBatchNorm|parallel|\w*RRef\w*"
    ),
    LeftOut("symbolic shapes", r"[sS]ym(_|Int|Float|Bool).*"),
    LeftOut("Fourier transforms and signals", r"fft|signal|i?stft|\w+_window"),
    LeftOut(
        "storage classes and files",
        r"\w*Storage|StorageBase|storage|from_file|is_storage|storage_type|share_memory_?|is_shared|module_load|serialization",
        r"torch(\.Tensor)?",
    ),
    LeftOut(
        "TorchScript, compilation, export, dispatch",
        r"(?!Tensor$|Size$|Generator$|\w+Tensor$|Type$)[A-Z]\w*|.*(jit|script|compile).*|cond|while_loop|export|fork|wait|fx|ops"
        r"|parse_.*|import_ir.*|merge_type.*|unify_type.*|classes|library|package|hub|functorch|classproperty|functools|cpp"
        r"|boolean_dispatch|assert_int_or_pair|.*torch_function.*|overrides|read_vitals|types|as_subclass_.*|slice_inverse"
        r"|get_file_path|prepare_multiprocessing_environment|multiprocessing|monitor|profiler|futures|fork_rng_.*|masked"
        r"|return_types|torch_version|thread_safe_generator|quasirandom|distributions|compiled_with.*|vitals.*|hash_tensor",
        r"torch|torch\.nn\.functional",
    ),
    LeftOut("transforms of functions", r"func|vmap|segment_reduce"),
    LeftOut("copies of views, made for compilers", r"\w+_copy"),
    LeftOut(
        "torch's kernels under their own names",
        r"native_\w+|batch_norm_\w+|embedding_renorm_|embedding_bag|fused_\w+|conv_tbc|convolution|constant_pad_nd|norm_except_dim"
        r"|grid_sampler\w*|affine_grid_generator|\w+_cell|rnn_(tanh|relu)|gru|lstm|resize_as_sparse_|unsafe_\w+"
        r"|frobenius_norm|nuclear_norm|is_vulkan.*|has_(lapack|mkl|openmp|spectral)|sum_to_size|const_data_ptr"
        r"|feature_dropout_?|grad_dtype|dim_order|reinforce|volatile|new|has_names|name|names|cauchy_kernel|linear_cross_entropy"
        r"|LinearCrossEntropy\w+",
    ),
    LeftOut(
        "three-dimensional layers (Level 2)",
        r"(\w*Conv|\w*ConvTranspose|\w*Pool|\w*Unpool|\w*Norm|\w*Pad)3d|(conv|conv_transpose|\w*pool|\w*unpool)3d(_with_indices)?"
        r"|convert_conv\dd_weight_memory_format|channels_last_3d",
    ),
    LeftOut(
        "Level 2",
        r"Lazy\w+|Uninitialized\w+|CTCLoss|ctc_loss|grid_sample|affine_grid|[fF]ractional.*|AdaptiveLogSoftmaxWithLoss"
        r"|parametrizations|parametrize|stateless|swa_utils|swap_in_optimizer.*|LBFGS|Muon|Adafactor|SparseAdam"
        r"|CrossMapLRN2d|remove_(weight|spectral)_norm_",
    ),
    LeftOut(
        "matrix decompositions beyond the list",
        r"\w*lu(_\w+)?|ldl_\w+|lobpcg|geqrf|orm?g?qr|householder_product|(pca|svd)_lowrank|lstsq|matrix_exp|matrix_rank|cond"
        r"|eig\w*|symeig|tensorinv|tensorsolve|cholesky_(inverse|ex)|(inv|solve)_ex|triangular_solve|pinverse|pinv|svd|svdvals"
        r"|cholesky_solve|vecdot|common_notes|vander|diagonal",
        r"torch|torch\.Tensor|torch\.linalg",
    ),
    LeftOut(
        "rare special functions and draws",
        r"airy_ai|(modified_|scaled_modified_|spherical_)?bessel_\w+|\w+_polynomial_\w+|zeta|i0e?_?|i1e?|log_ndtr|ndtri?|erfcx"
        r"|entr|xlog1py|m(ultigamma)?ln?v?l?gamma_?|multigammaln|igammac?_?|gammaincc?|binomial|poisson|cauchy_|geometric_"
        r"|histogram|histogramdd|renorm_?|cdist|pdist",
    ),
    LeftOut(
        "deprecated in torch",
        r"Container|NLLLoss2d|clip_grad_norm|(uniform|normal|constant|eye|dirac|(xavier|kaiming)_(uniform|normal)|orthogonal|sparse)"
        r"|set_default_tensor_type|range|upsample\w*|variable|enforce_grad_layout_policy|solve|resize|resize_as|trapz|legacy.*",
        r"torch\.nn(\..*)?|torch\.autograd|torch|torch\.Tensor",
    ),
    LeftOut(
        "data pipes and notes",
        r"\w*DataPipe|DataChunk|functional_datapipe|guaranteed_datapipes.*|non_deterministic|argument_validation"
        r"|runtime_validation\w*|\w+_notes|BroadcastingList\d|GRID_SAMPLE\w+|common_types|factory_kwargs|quantiz\w+|dataclasses"
        r"|DType|Callable|Optional|TYPE_CHECKING|Tensor|handle_\w+",
        r"torch\.(nn|utils).*",
    ),
)
