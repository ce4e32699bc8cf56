/** Variables by which the programs that see them run other code, load it from elsewhere, or talk to somebody else. */
const STEERING_NAME = new RegExp(
  `^(?:${[
    ...['PATH', 'ENV', 'BASH_ENV', 'SHELL', 'PROMPT_COMMAND', 'IFS', 'EDITOR', 'VISUAL', 'PAGER', 'BROWSER'],
    ...['LD_\\w+', 'DYLD_\\w+', 'GCONV_PATH', 'NODE_(?!ENV$)\\w+', 'PYTHON\\w+', 'PERL\\w*LIB', 'PERL5\\w+'],
    ...[
      'RUBYOPT',
      'RUBYLIB',
      'GEM_\\w+',
      'CLASSPATH',
      '_?J\\w*_OPTIONS',
      'DOTNET_STARTUP_HOOKS',
      'LUA_\\w+',
      'PHP\\w+',
    ],
    ...['npm_config_\\w+', 'pip_\\w+', 'uv_\\w*(?:index|config|python)\\w*', 'GOFLAGS', 'GOPROXY', 'DOCKER_\\w+'],
    ...[
      'GIT_(?:SSH|EXEC|CONFIG|PROXY|TEMPLATE|EXTERNAL|PAGER|EDITOR)\\w*',
      '\\w*ASKPASS',
      '\\w+_COMMAND',
      '\\w+_PROXY',
    ],
    ...['SSL_CERT_\\w+', '\\w+_CA_(?:CERTS|BUNDLE)', 'OPENSSL_\\w+', '\\w+_BASE_URL', '\\w+_ENDPOINT_URL\\w*'],
    ...['HOME', 'USERPROFILE', '(?:LOCAL)?APPDATA', 'XDG_\\w+_(?:HOME|DIRS)', 'ZDOTDIR', 'AWS_\\w+_FILE', 'KUBECONFIG'],
    ...[
      'RUSTC',
      'RUSTC_\\w+',
      'RUSTFLAGS',
      'CARGO_(?:HOME|BUILD_\\w+|TARGET_\\w+)',
      'MAKEFLAGS',
      'MAKEFILES',
      'GNUMAKEFLAGS',
    ],
  ].join('|')})$`,
  'i',
);

/** Whether the value of a variable decides what code a program runs, or whom it talks to, rather than what it works on. */
export const isSteering = (name: string): boolean => STEERING_NAME.test(name);
