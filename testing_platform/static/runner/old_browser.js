/*
 * Says so when a browser is too old for the test, in a language that the oldest one still reads. Without it such a browser
 * would show an empty promise for ever, because it cannot even read the modules that would complain.
 */
(function () {
  var boot = document.getElementById('boot');
  var old = document.getElementById('old-browser');
  var script = document.createElement('script');
  var isAble = 'noModule' in script && 'showModal' in document.createElement('dialog') && 'inert' in script
    && typeof AbortSignal !== 'undefined' && 'timeout' in AbortSignal
    && window.CSS && CSS.supports('selector(:has(*))') && 'MathMLElement' in window;
  if (isAble || !boot || !old) return;
  boot.hidden = true;
  old.hidden = false;
  old.querySelector('h1').focus();
}());
