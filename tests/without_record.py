"""What has no record in the registry, and where its tests are.

A function or method that computes from tensors belongs into the registry.  Here stands what does not fit there.
"""

TABLE = [
    (
        "test_attributes.py",
        "a question or a conversion: one program each",
        """
        __array__ __bool__ __contains__ __deepcopy__ __float__ __index__ __int__ __iter__ __len__ backward cpu cuda data
        data_ptr detach_ device dim dtype element_size grad grad_fn is_complex is_contiguous is_cpu is_cuda
        is_floating_point is_leaf is_meta is_quantized is_sparse item itemsize nbytes ndim nelement numel numpy output_nr
        register_hook requires_grad requires_grad_ retain_grad retains_grad shape size storage_offset stride tolist type
        is_tensor empty empty_like new_empty as_tensor from_numpy tensor get_default_dtype set_default_dtype
        is_anomaly_enabled is_grad_enabled is_inference_mode_enabled can_cast promote_types result_type randn_like set_
        """,
    ),
    ("test_anomaly.py", "about a mode", "is_anomaly_check_nan_enabled"),
    (
        "test_storage.py",
        "about memory, not values",
        "is_set_to is_storage resize_ resize_as_ storage untyped_storage",
    ),
    ("test_views.py", "a question: one program each", "is_inference ndimension"),
    (
        "test_creation.py",
        "makes tensors of something else, or says what a tensor is: compared line by line",
        """
        asarray frombuffer scalar_tensor empty_strided new_empty_strided new layout set_default_device
        get_default_device set_default_tensor_type typename
        """,
    ),
    (
        "test_dropout.py",
        "drawn: compared bit for bit",
        """
        alpha_dropout dropout1d dropout2d dropout3d feature_alpha_dropout dropout_ alpha_dropout_ feature_alpha_dropout_
        """,
    ),
    ("test_resize.py", "interpolate under its old names", "upsample upsample_nearest upsample_bilinear"),
    ("test_engine.py", "a hook: tests of its order and effect", "register_post_accumulate_grad_hook"),
    ("test_serialization.py", "files", "save load load_safetensors save_safetensors"),
    ("test_copying.py", "copies and pickles", "__reduce_ex__ __setstate__"),
    ("test_subclass.py", "classes of results", "as_subclass __torch_function__ __reversed__ __complex__"),
    ("test_interplay.py", "memory shared with other libraries", "from_dlpack __dlpack__ __dlpack_device__ __array_wrap__"),
    ("test_kernels.py", "ours alone: torch has one set of kernels", "active_kernels use_kernels"),
    ("test_parallel.py", "threads of the machine, not of torch's pool", "get_num_threads set_num_threads"),
    (
        "test_printing.py",
        "how tensors are printed: compared character for character",
        "set_printoptions",
    ),
    (
        "test_switches.py",
        "global switches, which are only remembered",
        """
        use_deterministic_algorithms are_deterministic_algorithms_enabled is_deterministic_algorithms_warn_only_enabled
        set_deterministic_debug_mode get_deterministic_debug_mode set_float32_matmul_precision
        get_float32_matmul_precision
        """,
    ),
    (
        "test_random.py",
        "drawn: compared bit for bit, state included",
        """
        bernoulli get_rng_state initial_seed manual_seed multinomial normal rand rand_like randint randint_like randn
        randperm seed set_rng_state bernoulli_ exponential_ log_normal_ normal_ random_ uniform_
        """,
    ),
]
WITHOUT_RECORD = {name: (file, why) for file, why, names in TABLE for name in names.split()}
