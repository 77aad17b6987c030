#!/bin/sh
# #region restart
acme-client stop
acme-client start
# #endregion
exit 0
